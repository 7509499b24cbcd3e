// Files of records and pictures.
#include "operators/record_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace weir::operators {
namespace {

using base::Code;

constexpr std::array<std::string_view, 3> kNames = {"device", "time", "n"};

std::unexpected<base::Error> failed(std::string_view what, const std::string& path) {
  return base::fail(Code::io, fmt::format("{} {}: {}", what, path, base::errno_text(errno)));
}

base::Result<> write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// At the file's end, all or nothing: half a record would spoil the file for who reads it.
base::Result<> write_records(int file, std::string_view text, const std::string& path) {
  struct stat before = {};
  if (fstat(file, &before) != 0) return failed("cannot write", path);
  auto written = write_all(file, text, path);
  if (!written) (void)!ftruncate(file, before.st_size);
  return written;
}

// "camera/1" may not lead out of the folder that the pattern names: camera%2F1, a name that no
// other device has.
std::string plain(std::string_view device) {
  std::string name;
  for (const char c : device) {
    const auto byte = static_cast<unsigned char>(c);
    const bool hides = c == '.' && name.empty();
    if (c == '/' || c == '%' || byte < 0x20 || hides) {
      name += fmt::format("%{:02X}", byte);
    } else {
      name += c;
    }
  }
  return name;
}

// RFC 3339 without what file systems and shells dislike: 20260101T120000.000000000Z.
std::string compact_time(std::int64_t time_ns) {
  std::string text = base::format_rfc3339(time_ns);
  std::erase_if(text, [](char c) { return c == ':' || c == '-'; });
  return text;
}

}  // namespace

base::Result<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  pattern.text_ = text;
  for (std::size_t at = text.find_first_of("{}"); at != std::string_view::npos;
       at = text.find_first_of("{}", at)) {
    const std::size_t end = text.find('}', at);
    if (text[at] == '}' || end == std::string_view::npos) {
      return base::fail(Code::invalid, fmt::format("'{}' has a brace without its other", text));
    }
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (std::ranges::find(kNames, name) == kNames.end()) {
      return base::fail(Code::unknown_name,
                        fmt::format("{{{}}} stands for nothing in a path; expected {{device}}, "
                                    "{{time}} or {{n}}",
                                    name));
    }
    at = end + 1;
  }
  return pattern;
}

bool PathPattern::has(std::string_view name) const {
  return text_.find(fmt::format("{{{}}}", name)) != std::string::npos;
}

std::string PathPattern::path(std::string_view device, std::int64_t time_ns,
                              std::uint64_t number) const {
  std::string out;
  for (std::size_t at = 0; at < text_.size();) {
    if (text_[at] != '{') {
      out += text_[at++];
      continue;
    }
    const std::size_t end = text_.find('}', at);
    const std::string_view name = std::string_view(text_).substr(at + 1, end - at - 1);
    if (name == "device") out += plain(device);
    if (name == "time") out += compact_time(time_ns);
    if (name == "n") out += std::to_string(number);
    at = end + 1;
  }
  return out;
}

RecordFiles::~RecordFiles() {
  for (const auto& [path, open] : open_) close(open.file);
}

base::Result<> RecordFiles::append(const std::string& path, std::string_view header,
                                   std::string_view text) {
  const std::lock_guard lock(mutex_);
  TRY(const int file, open(path, header));
  return write_records(file, text, path);
}

base::Result<int> RecordFiles::open(const std::string& path, std::string_view header) {
  if (const auto found = open_.find(path); found != open_.end()) {
    found->second.used = ++uses_;
    return found->second.file;
  }
  const bool fresh = !begun_.contains(path);
  if (fresh && begun_.size() == kPathsMax) {
    return base::fail(Code::limit,
                      fmt::format("{} would be one more than the {} files that one step may write",
                                  path, kPathsMax));
  }
  if (open_.size() == kFilesMax) close_oldest();
  TRY_DO(make_folders(path));
  const int how = there_ == flow::FilesThere::stay ? O_RDWR : O_WRONLY;
  const int file = ::open(path.c_str(), how | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return failed("cannot make", path);
  if (fresh) {
    if (auto begun = begin(file, path, header); !begun) {
      close(file);
      return std::unexpected(begun.error());
    }
    begun_.insert(path);
  }
  open_.emplace(path, Open{file, ++uses_});
  return file;
}

base::Result<> RecordFiles::begin(int file, const std::string& path,
                                  std::string_view header) const {
  struct stat status = {};
  if (fstat(file, &status) != 0) return failed("cannot read", path);
  const bool ordinary = S_ISREG(status.st_mode);
  if (there_ == flow::FilesThere::go && ordinary) {
    if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return base::fail(
          Code::conflict,
          fmt::format("{} is being read or written by another step or program", path));
    }
    if (ftruncate(file, 0) != 0) return failed("cannot begin anew", path);
  }
  if (there_ == flow::FilesThere::go || !ordinary || status.st_size == 0)
    return write_records(file, header, path);
  std::string there(header.size(), '\0');
  char last = 0;
  if (pread(file, there.data(), there.size(), 0) < 0 ||
      pread(file, &last, 1, status.st_size - 1) < 0) {
    return failed("cannot read", path);
  }
  if (there != header) {
    return base::fail(Code::conflict,
                      fmt::format("{} has other columns than these records; move it away, or name "
                                  "another path",
                                  path));
  }
  return last == '\n' ? base::Result<>() : write_records(file, "\n", path);
}

void RecordFiles::close_oldest() {
  const auto oldest =
      std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.used; });
  close(oldest->second.file);
  open_.erase(oldest);
}

base::Result<> RecordFiles::write_newest(const std::string& path, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  return write_whole(path, bytes);
}

base::Result<> RecordFiles::write_numbered(const PathPattern& pattern, std::string_view device,
                                           std::int64_t time_ns, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  std::uint64_t& number = numbers_[pattern.path(device, 0, 0)];
  std::string path;
  do {
    path = pattern.path(device, time_ns, ++number);
  } while (there_ == flow::FilesThere::stay && access(path.c_str(), F_OK) == 0);
  return write_whole(path, bytes);
}

base::Result<> RecordFiles::write_whole(const std::string& path, std::string_view bytes) {
  const std::string part = path + ".part";
  TRY_DO(make_folders(path));
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed("cannot make", part);
  auto done = write_all(file, bytes, part);
  if (close(file) != 0 && done) done = failed("cannot write", part);
  if (done && rename(part.c_str(), path.c_str()) != 0) done = failed("cannot make", path);
  if (!done) unlink(part.c_str());
  return done;
}

base::Result<> make_folders(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return base::fail(Code::io,
                    fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
}

}  // namespace weir::operators
