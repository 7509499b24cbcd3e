// Blobs: files named by the digest of what they hold (docs/formats/blobs.md).
//
// A blob is there whole or not at all: it is written beside, synced and renamed. Uploads go on
// where they ended: append_partial() keeps what came, and checks the digest when all of it is
// there. Digests are as sha256() gives them; where one comes from outside and is malformed, `has`
// is false, `path` is empty, and all else fails with Code::invalid.
//
// Thread-safe. One Blobs a folder. The quota counts blobs and partial uploads; blobs that were set
// aside come on top of it.
//
// Errors: limit where the quota is reached; missing for a blob that is not there; corrupt where the
// bytes do not have the digest; conflict for an upload at a wrong offset; io for the system's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/file.h"

namespace weir::store {

class Blobs {
 public:
  static constexpr unsigned kFolders = 256;  // one for each first byte of a digest
  static constexpr std::size_t kDamagedMax = detail::kDamagedMax;
  static constexpr std::size_t kPartialsMax = 256;  // the one untouched for longest is given up

  struct Options {
    std::string folder;  // made where it is not there
    std::uint64_t quota_bytes = std::uint64_t{1} << 30;
    base::Log& log;
  };

  // Walks the folder once, to know what is used of the quota.
  static base::Result<std::unique_ptr<Blobs>> open(Options options);

  // The digest. Returns when the blob survives a power cut.
  base::Result<std::string> put(std::string_view bytes);
  // Checks the digest; a blob that does not have it is set aside as *.damaged, of which the newest
  // kDamagedMax stay.
  base::Result<std::string> get(std::string_view digest);
  bool has(std::string_view digest) const;
  // Where the file is or would be.
  std::string path(std::string_view digest) const;
  // One that is not there is as good as removed; a partial upload of it goes, too.
  base::Result<> remove(std::string_view digest);
  std::uint64_t bytes() const;
  // All that are here whole, for an owner who removes what nothing names any more.
  base::Result<std::vector<std::string>> digests() const;
  // Those of them whose first byte is `folder`, for one who does it piece by piece.
  base::Result<std::vector<std::string>> digests(std::uint8_t folder) const;

  // How many bytes of the blob are here: all of them, part of an upload, or 0.
  base::Result<std::uint64_t> partial_size(std::string_view digest) const;
  // Adds bytes that begin at `offset`, which is partial_size(), of a blob of `total` bytes; returns
  // the new size. With the last byte the digest is checked: the blob is there for good, or, with
  // Code::corrupt, the upload is removed. Adding to a blob that is there changes nothing.
  base::Result<std::uint64_t> append_partial(std::string_view digest, std::uint64_t offset,
                                             std::string_view bytes, std::uint64_t total);
  // Gives up the uploads that were last added to before this wall time; returns how many.
  base::Result<std::size_t> remove_partials(std::int64_t before_ns);

 private:
  explicit Blobs(Options options) : options_(std::move(options)) {}

  class Upload;  // keeps other calls from a digest while it is being uploaded

  base::Result<> load();
  base::Result<> reserve(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  base::Result<> finish(const std::string& from, std::string_view digest);
  base::Result<std::uint64_t> add(std::string_view digest, std::uint64_t offset,
                                  std::string_view bytes, std::uint64_t total);
  base::Result<> complete(std::string_view digest);
  base::Result<> write_partial(std::string_view digest, std::uint64_t offset,
                               std::string_view bytes);
  base::Result<> make_room_for_partial();
  base::Result<std::vector<std::string>> partials() const;
  base::Result<> give_up(const std::string& partial);
  base::Result<> remove_file(const std::string& file);
  void drop_old_damaged() const;
  std::string partial_path(std::string_view digest) const;

  const Options options_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::uint64_t temporary_ = 0;                   // numbers the files of put()
  std::set<std::string, std::less<>> uploading_;  // digests
};

}  // namespace weir::store
