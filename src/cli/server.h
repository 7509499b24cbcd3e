// Server: a node or hub as the command line talks to it, over REST.
//
// Belongs to one thread; calls block, at most kCallTimeoutNs each try. An answer that is no success
// is an Error whose message is the problem's own words, mistakes with their place on lines of their
// own. So is an answer that is not the one expected, whatever its status: some other server gave
// it.
#pragma once

#include <cstdint>
#include <fstream>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/value.h"
#include "net/http_client.h"

namespace weir::cli {

// `given`, or the environment's WEIR_SERVER, or what listens on this machine at `port`.
std::string server_url(std::string_view given, std::uint16_t port);

// What api/openapi.yaml says of a success: its status, and a member that is a list or a text.
struct Expected {
  int status = 200;
  std::string_view list = {}, text = {};  // "": none is looked for
  int tries = 1;  // where the server is busy (503) with another change; for what may be asked twice
};

class Server {
 public:
  static constexpr std::int64_t kCallTimeoutNs = 30'000'000'000;
  // For another client's upload, each without a byte more: 30 s together.
  static constexpr std::int64_t kUploadWaitNs = 200'000'000;
  static constexpr int kUploadWaitsMax = 150;

  // For another client's change, which may load models: half a minute, since the server waits, too.
  static constexpr std::int64_t kBusyWaitNs = 1'000'000'000;
  static constexpr int kBusyTriesMax = 15;

  explicit Server(std::string url) : url_(std::move(url)) {}

  base::Result<data::Value> get(const std::string& path, const Expected& expected);
  base::Result<> remove(const std::string& path);  // 204, without a body
  base::Result<data::Value> post(const std::string& path, std::string type, std::string body,
                                 const Expected& expected);
  // Brings a file to the server's blobs; what the server has of it is not sent again. While another
  // client brings the same file it is waited for, as long as more of it comes: then the bytes are
  // the other's.
  base::Result<> upload(const std::string& path, const std::string& digest, std::uint64_t bytes);

  const std::string& url() const { return url_; }

 private:
  base::Result<net::Answer> send(net::Call call, int status, int tries = 1);
  base::Result<data::Value> read(net::Call call, const Expected& expected);
  base::Result<std::optional<std::uint64_t>> upload_offset(const std::string& blob);
  base::Result<> send_rest(std::ifstream& file, const std::string& blob, std::uint64_t offset,
                           std::uint64_t bytes);

  const std::string url_;
  net::HttpClient client_;
};

}  // namespace weir::cli
