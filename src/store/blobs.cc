// Content-addressed files.
#include "store/blobs.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/digest.h"
#include "store/file.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;
using detail::File;

namespace {

constexpr std::string_view kPartialFolder = "/partial/";
constexpr std::string_view kTemporaryStart = "put-";
constexpr std::size_t kFolderDigits = 2;  // a blob's folder is named by its first digits

std::string_view digits_of(std::string_view digest) {
  return digest.substr(digest.find(':') + 1);
}

std::string digest_of(std::string_view digits) {
  return "sha256:" + std::string(digits);
}

Result<> check_digest(std::string_view digest) {
  if (base::is_digest(digest)) return {};
  return fail(Code::invalid, fmt::format("'{}' is no digest, expected sha256: and 64 hexadecimal "
                                         "digits in lower case",
                                         digest.substr(0, 100)));
}

// When a partial upload was last added to.
std::int64_t touched_ns(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

}  // namespace

class Blobs::Upload {
 public:
  Upload(Blobs& blobs, std::string_view digest) : blobs_(blobs), digest_(digest) {
    const std::lock_guard lock(blobs_.mutex_);
    ours_ = blobs_.uploading_.insert(digest_).second;
  }
  ~Upload() {
    if (!ours_) return;
    const std::lock_guard lock(blobs_.mutex_);
    blobs_.uploading_.erase(digest_);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  Result<> check() const {
    if (ours_) return {};
    return fail(Code::conflict,
                fmt::format("{}: another upload of it runs, expected one at a time", digest_));
  }

 private:
  Blobs& blobs_;
  const std::string digest_;
  bool ours_ = false;
};

Result<std::unique_ptr<Blobs>> Blobs::open(Options options) {
  std::unique_ptr<Blobs> blobs(new Blobs(std::move(options)));
  TRY_DO(blobs->load());
  return blobs;
}

// Counts what is there, and removes what a put() that was ended has left.
Result<> Blobs::load() {
  const std::string partials = options_.folder + std::string(kPartialFolder);
  TRY_DO(detail::make_folder(partials));
  TRY_DO(detail::sync_folder(options_.folder));  // of names that nobody came to sync
  TRY(const auto left, detail::list_folder(partials));
  for (const std::string& name : left) {
    if (base::is_digest(digest_of(name))) {
      TRY(const std::uint64_t size, detail::size_of_file(partials + name));
      bytes_ += size;
    } else if (name.starts_with(kTemporaryStart)) {
      TRY_DO(detail::unlink_file(partials + name));
    }
  }
  TRY(const auto all, digests());
  for (const std::string& digest : all) {
    TRY(const std::uint64_t size, detail::size_of_file(path(digest)));
    bytes_ += size;
  }
  return {};
}

Result<std::vector<std::string>> Blobs::digests() const {
  std::vector<std::string> all;
  for (unsigned folder = 0; folder < kFolders; ++folder) {
    TRY(auto some, digests(static_cast<std::uint8_t>(folder)));
    std::ranges::move(some, std::back_inserter(all));
  }
  return all;
}

Result<std::vector<std::string>> Blobs::digests(std::uint8_t folder) const {
  std::vector<std::string> found;
  const std::string digits = fmt::format("{:02x}", folder);
  const std::string path = options_.folder + "/" + digits;
  if (!detail::file_exists(path)) return found;
  TRY(const auto names, detail::list_folder(path));
  for (const std::string& name : names)
    if (base::is_digest(digest_of(name)) && name.starts_with(digits))
      found.push_back(digest_of(name));
  return found;
}

Result<std::string> Blobs::put(std::string_view bytes) {
  std::string digest = sha256(bytes);
  if (has(digest)) {  // perhaps since a moment ago
    TRY_DO(detail::sync_folder(detail::folder_of(path(digest))));
    return digest;
  }
  TRY_DO(reserve(bytes.size()));
  std::string temporary = options_.folder + std::string(kPartialFolder);
  {
    const std::lock_guard lock(mutex_);
    temporary += fmt::format("{}{}", kTemporaryStart, ++temporary_);
  }
  const auto write = [&]() -> Result<> {
    TRY(const auto file, File::open(temporary, File::Mode::create));
    TRY_DO(file->write_at(0, bytes));
    TRY_DO(file->sync());
    return finish(temporary, digest);
  };
  if (auto written = write(); !written) {
    detail::discard_file(temporary);
    give_back(bytes.size());
    return std::unexpected(std::move(written.error()));
  }
  return digest;
}

Result<std::string> Blobs::get(std::string_view digest) {
  TRY_DO(check_digest(digest));
  const std::string file = path(digest);
  TRY(std::string bytes, detail::read_file(file));
  if (sha256(bytes) == digest) return bytes;
  options_.log.write(base::Level::error, detail::kComponent, "a damaged blob is set aside",
                     {{"file", file}});
  TRY_DO(detail::rename_file(file, file + std::string(detail::kDamagedEnding)));
  give_back(bytes.size());
  drop_old_damaged();
  return fail(Code::corrupt, fmt::format("{}: does not hold what its name says", file));
}

void Blobs::drop_old_damaged() const {
  std::vector<std::string> damaged;
  for (unsigned folder = 0; folder < kFolders; ++folder) {
    const std::string path = fmt::format("{}/{:02x}", options_.folder, folder);
    const auto names = detail::list_folder(path);
    if (!names) continue;
    for (const std::string& name : *names)
      if (name.ends_with(detail::kDamagedEnding)) damaged.push_back(path + "/" + name);
  }
  detail::keep_newest(std::move(damaged), kDamagedMax);
}

bool Blobs::has(std::string_view digest) const {
  return base::is_digest(digest) && detail::file_exists(path(digest));
}

std::string Blobs::path(std::string_view digest) const {
  if (!base::is_digest(digest)) return {};
  const std::string_view digits = digits_of(digest);
  return fmt::format("{}/{}/{}", options_.folder, digits.substr(0, kFolderDigits), digits);
}

std::string Blobs::partial_path(std::string_view digest) const {
  return fmt::format("{}{}{}", options_.folder, kPartialFolder, digits_of(digest));
}

Result<> Blobs::remove(std::string_view digest) {
  TRY_DO(check_digest(digest));
  const Upload upload(*this, digest);
  TRY_DO(upload.check());
  for (const std::string& file : {path(digest), partial_path(digest)}) {
    TRY_DO(remove_file(file));
  }
  return {};
}

Result<> Blobs::remove_file(const std::string& file) {
  const auto size = detail::size_of_file(file);
  if (!size && size.error().code == Code::missing) return {};
  if (!size) return std::unexpected(size.error());
  TRY_DO(detail::unlink_file(file));
  give_back(*size);
  return {};
}

std::uint64_t Blobs::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

Result<std::uint64_t> Blobs::partial_size(std::string_view digest) const {
  TRY_DO(check_digest(digest));
  for (const std::string& file : {path(digest), partial_path(digest)}) {
    const auto size = detail::size_of_file(file);
    if (size || size.error().code != Code::missing) return size;
  }
  return 0;
}

Result<std::uint64_t> Blobs::append_partial(std::string_view digest, std::uint64_t offset,
                                            std::string_view bytes, std::uint64_t total) {
  TRY_DO(check_digest(digest));
  const Upload upload(*this, digest);
  TRY_DO(upload.check());
  if (has(digest)) return partial_size(digest);
  return add(digest, offset, bytes, total);
}

Result<std::uint64_t> Blobs::add(std::string_view digest, std::uint64_t offset,
                                 std::string_view bytes, std::uint64_t total) {
  TRY(const std::uint64_t size, partial_size(digest));
  if (size > total) {
    TRY_DO(remove_file(partial_path(digest)));
    return fail(Code::corrupt, fmt::format("{}: {} bytes came, more than the {} there are; they "
                                           "are removed",
                                           digest, size, total));
  }
  if (offset != size) {
    return fail(Code::conflict, fmt::format("{}: {} bytes are here, expected the upload to go on "
                                            "there, not at {}",
                                            digest, size, offset));
  }
  if (bytes.size() > total - size) {
    return fail(Code::invalid, fmt::format("{}: {} bytes at {}, expected no more than {} in all",
                                           digest, bytes.size(), offset, total));
  }
  TRY_DO(write_partial(digest, offset, bytes));
  const std::uint64_t now = size + bytes.size();
  if (now == total) TRY_DO(complete(digest));
  return now;
}

Result<> Blobs::write_partial(std::string_view digest, std::uint64_t offset,
                              std::string_view bytes) {
  if (offset == 0) TRY_DO(make_room_for_partial());
  TRY_DO(reserve(bytes.size()));
  const auto write = [&]() -> Result<> {
    const auto mode = offset == 0 ? File::Mode::create : File::Mode::write;
    TRY(const auto file, File::open(partial_path(digest), mode));
    auto written = file->write_at(offset, bytes);
    if (!written) TRY_DO(file->truncate(offset));
    return written;
  };
  auto written = write();
  if (!written) give_back(bytes.size());
  return written;
}

// Makes a blob of an upload whose last byte came.
Result<> Blobs::complete(std::string_view digest) {
  const std::string partial = partial_path(digest);
  TRY(const auto file, File::open(partial, File::Mode::write));
  TRY_DO(file->sync());
  TRY(const std::string found, sha256_of_file(partial));
  if (found != digest) {
    TRY_DO(remove_file(partial));
    return fail(Code::corrupt,
                fmt::format("{}: what came has the digest {}; it is removed", digest, found));
  }
  return finish(partial, digest);
}

// Gives a whole and synced file its name.
Result<> Blobs::finish(const std::string& from, std::string_view digest) {
  const std::string to = path(digest);
  const std::string folder = detail::folder_of(to);
  {
    const std::lock_guard lock(mutex_);
    if (!detail::file_exists(folder)) TRY_DO(detail::make_folder(folder));
    // Put and uploaded at once: the room of one of them is given back.
    if (const auto other = detail::size_of_file(to)) bytes_ -= std::min(bytes_, *other);
    TRY_DO(detail::rename_file(from, to));
  }
  return detail::sync_folder(folder);
}

Result<> Blobs::reserve(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > options_.quota_bytes || bytes_ > options_.quota_bytes - bytes) {
    return fail(Code::limit, fmt::format("{}: {} bytes more than the {} there are go beyond the "
                                         "quota of {}",
                                         options_.folder, bytes, bytes_, options_.quota_bytes));
  }
  bytes_ += bytes;
  return {};
}

void Blobs::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ -= std::min(bytes_, bytes);
}

// Gives up the upload that was untouched for longest where there are kPartialsMax.
Result<> Blobs::make_room_for_partial() {
  TRY(auto names, partials());
  if (names.size() < kPartialsMax) return {};
  const std::string folder = options_.folder + std::string(kPartialFolder);
  std::string oldest;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(names,
                  [&](const std::string& name) { return uploading_.contains(digest_of(name)); });
    const auto least = std::ranges::min_element(
        names, {}, [&](const std::string& name) { return touched_ns(folder + name); });
    if (least != names.end()) oldest = folder + *least;
  }
  if (oldest.empty()) {
    return fail(Code::limit, fmt::format("{}: {} uploads run, more are not possible",
                                         options_.folder, kPartialsMax));
  }
  return give_up(oldest);
}

Result<std::size_t> Blobs::remove_partials(std::int64_t before_ns) {
  TRY(const auto names, partials());
  std::size_t removed = 0;
  for (const std::string& name : names) {
    const Upload upload(*this, digest_of(name));
    const std::string partial = partial_path(digest_of(name));
    if (!upload.check() || !detail::file_exists(partial)) continue;  // it is on its way
    if (touched_ns(partial) >= before_ns) continue;
    TRY_DO(give_up(partial));
    ++removed;
  }
  return removed;
}

// The names of their files.
Result<std::vector<std::string>> Blobs::partials() const {
  TRY(auto names, detail::list_folder(options_.folder + std::string(kPartialFolder)));
  std::erase_if(names, [](const std::string& name) { return !base::is_digest(digest_of(name)); });
  return names;
}

Result<> Blobs::give_up(const std::string& partial) {
  options_.log.write(base::Level::warning, detail::kComponent, "an unfinished upload is given up",
                     {{"file", partial}});
  return remove_file(partial);
}

}  // namespace weir::store
