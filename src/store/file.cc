// Files and folders.
#include "store/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace weir::store::detail {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr mode_t kFileMode = 0600, kFolderMode = 0700, kOthersMode = 0077;

std::unexpected<base::Error> system_fault(const std::string& path, std::string_view doing,
                                          int number) {
  const Code code = number == ENOENT ? Code::missing : Code::io;
  return fail(code, fmt::format("{}: cannot {}: {}", path, doing, base::errno_text(number)));
}

int flags_of(File::Mode mode) {
  switch (mode) {
    case File::Mode::read: return O_RDONLY;
    case File::Mode::write: return O_RDWR;
    case File::Mode::create: return O_RDWR | O_CREAT | O_TRUNC;
    case File::Mode::fresh: return O_RDWR | O_CREAT | O_EXCL;
    case File::Mode::folder: return O_RDONLY | O_DIRECTORY;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>> File::open(std::string path, Mode mode) {
  const int descriptor = ::open(path.c_str(), flags_of(mode) | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (descriptor < 0) return system_fault(path, "open it", errno);
  return std::unique_ptr<File>(new File(std::move(path), descriptor));
}

File::~File() {
  ::close(descriptor_);
}

Result<std::uint64_t> File::size() const {
  struct stat status = {};
  if (fstat(descriptor_, &status) != 0) return system_fault(path_, "look at it", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> File::read_at(std::uint64_t position, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(descriptor_, into.data() + done, into.size() - done,
                                  static_cast<off_t>(position + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_fault(path_, "read it", errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<> File::write_at(std::uint64_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_fault(path_, "write to it", errno);
    position += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> File::truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    return system_fault(path_, "cut it", errno);
  }
  return {};
}

Result<> File::sync() {
  // fdatasync writes the size too, where reading needs it; and the names of a folder.
  if (::fdatasync(descriptor_) != 0) return system_fault(path_, "sync it", errno);
  return {};
}

Result<> make_folder(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole(path);
  std::filesystem::path part;
  for (const auto& name : whole) {
    part /= name;
    if (::mkdir(part.c_str(), kFolderMode) == 0) {
      auto synced = sync_folder(folder_of(part.string()));
      if (synced) continue;
      ::rmdir(part.c_str());  // so that who tries again syncs again
      return synced;
    }
    if (errno == EEXIST) continue;
    if (std::filesystem::is_directory(part, error)) continue;  // such as a read-only parent
    return system_fault(part.string(), "make the folder", errno);
  }
  if (!std::filesystem::is_directory(whole, error)) {
    return fail(Code::io, fmt::format("{}: is not a folder, expected one", path));
  }
  return {};
}

Result<> sync_folder(const std::string& path) {
  TRY(const auto folder, File::open(path, File::Mode::folder));
  return folder->sync();
}

Result<> make_private(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return system_fault(path, "look at it", errno);
  if ((status.st_mode & kOthersMode) == 0) return {};
  if (::chmod(path.c_str(), status.st_mode & kFileMode) == 0) return {};
  return system_fault(path, "keep others from reading it", errno);
}

bool others_may_enter(const std::string& folder) {
  struct stat status = {};
  return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & kOthersMode) != 0;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return system_fault(path, "list the folder", error.value());
  std::ranges::sort(names);
  return names;
}

Result<> rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return system_fault(from, fmt::format("rename it to {}", to), errno);
  }
  return {};
}

Result<> unlink_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return system_fault(path, "remove it", errno);
  }
  return {};
}

void discard_file(const std::string& path) {
  ::unlink(path.c_str());
}

Result<std::uint64_t> size_of_file(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return system_fault(path, "look at it", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void keep_newest(std::vector<std::string> paths, std::size_t kept) {
  const auto changed = [](const std::string& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) return std::pair<time_t, long>();
    return std::pair<time_t, long>(status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
  };
  if (paths.size() <= kept) return;
  std::ranges::sort(paths);
  std::ranges::stable_sort(paths, {}, changed);
  paths.resize(paths.size() - kept);
  for (const std::string& path : paths) discard_file(path);
}

bool file_exists(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<std::string> read_file(const std::string& path) {
  TRY(const auto file, File::open(path, File::Mode::read));
  TRY(const std::uint64_t size, file->size());
  std::string bytes(size, '\0');
  TRY(const std::size_t count, file->read_at(0, bytes));
  bytes.resize(count);
  return bytes;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace weir::store::detail
