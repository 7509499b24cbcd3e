// Uploader: pictures to the hub, several at once and each a piece at a time, so that something more
// urgent can go between two pieces.
//
// Belongs to one thread. After docs/formats/uplink.md, "Pictures".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"
#include "store/blobs.h"

namespace weir::link {

// A picture on its way. A value of the uploader's thread.
struct Upload {
  // Whether to ask the hub first what it has: for what may have been sent before.
  enum class Begin : std::uint8_t { ask, send };

  std::string digest;
  Begin begin = Begin::ask;
  std::string bytes = {};  // "": not read yet
  std::string lost = {};   // why it cannot be read here any more; "": it can
  std::uint64_t offset = 0;
  int conflicts = 0;  // answers in a row that asked for other bytes
};

class Uploader {
 public:
  static constexpr std::size_t kPieceBytesMax = std::size_t{512} << 10;
  static constexpr std::size_t kPieceBytesMin = std::size_t{16} << 10;
  static constexpr std::int64_t kCallNsMax = 10'000'000'000;
  static constexpr int kConflictsMax = 3;
  // At once; each is a connection, of which a hub has room for a thousand.
  static constexpr std::size_t kUploadsMax = 4;

  struct Options {
    std::string hub_url, node, token;
    store::Blobs& blobs;
    const std::atomic<bool>& cancel;  // once true, calls return soon, with any error
  };
  enum class State : std::uint8_t { more, done };
  struct Progress {
    State state = State::more;
    std::size_t bytes = 0;  // sent by this call
  };

  explicit Uploader(Options options);

  // How many uploads are worth to be advanced at once: one where the network is too slow for a
  // piece.
  std::size_t at_once() const { return piece_bytes_ < kPieceBytesMax ? 1 : kUploadsMax; }

  // Asks about, or sends a piece of, each of at most kUploadsMax; what came of each, in their
  // order. After an error call it again later, with the same upload. Errors: missing (the picture
  // is neither here nor at the hub, for good), refused (the token), corrupt (the hub got other
  // bytes, and begins anew), network, timeout, limit (no room at the hub), io.
  std::vector<base::Result<Progress>> advance(std::span<Upload> uploads);

 private:
  base::Result<> read(Upload& upload);
  net::Call request(const Upload& upload) const;
  std::size_t piece(const Upload& upload) const;  // bytes of the next one
  base::Result<Progress> take(Upload& upload, const net::Answer& answer);
  base::Result<Progress> take_asked(Upload& upload, const net::Answer& answer);
  base::Result<Progress> take_sent(Upload& upload, const net::Answer& answer);
  void fit_pieces(const std::vector<base::Result<Progress>>& all);

  const Options options_;
  const std::string authorization_;
  net::HttpClient client_;
  std::size_t piece_bytes_ = kPieceBytesMax;  // halved where the network is too slow for a piece
};

}  // namespace weir::link
