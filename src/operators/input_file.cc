// Files that operators read.
#include "operators/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.h"

namespace weir::operators {
namespace {

using base::Code;

constexpr std::size_t kBeginningBytes = 256;

// An open file, closed with it.
struct File {
  explicit File(int number) : number(number) {}
  ~File() { close(number); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number;
};

base::Result<std::unique_ptr<File>> open_file(const std::string& path) {
  if (path.find("://") != std::string::npos) {
    return base::fail(Code::invalid,
                      fmt::format("{} is an address; expected a file. Cameras are read by "
                                  "stream_input",
                                  path));
  }
  // Not waiting: opening a pipe that nobody writes would.
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) {
    const Code code = errno == ENOENT ? Code::missing : Code::io;
    return base::fail(code, fmt::format("cannot read {}: {}", path, base::errno_text(errno)));
  }
  auto file = std::make_unique<File>(number);
  struct stat status = {};
  if (fstat(number, &status) != 0 || !S_ISREG(status.st_mode)) {
    return base::fail(Code::invalid,
                      fmt::format("{} is {}; expected a file", path,
                                  S_ISDIR(status.st_mode) ? "a folder" : "no ordinary file"));
  }
  return file;
}

base::Result<std::size_t> read_some(const File& file, std::span<char> into,
                                    const std::string& path) {
  while (true) {
    const ssize_t count = read(file.number, into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR)
      return base::fail(Code::io, fmt::format("cannot read {}: {}", path, base::errno_text(errno)));
  }
}

std::string ending(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos || path.find('/', dot) != std::string::npos) return "";
  std::string text = path.substr(dot + 1);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

base::Result<Content> content_of(const std::string& path) {
  TRY(const auto file, open_file(path));
  std::array<char, kBeginningBytes> bytes = {};
  TRY(const std::size_t count, read_some(*file, bytes, path));
  std::string_view beginning(bytes.data(), count);
  if (beginning.starts_with(base::kLfsPointer)) {
    return base::fail(Code::invalid,
                      fmt::format("{} is a Git LFS pointer, not the file itself; expected "
                                  "`git lfs pull` to have fetched it",
                                  path));
  }
  if (beginning.empty()) return base::fail(Code::invalid, fmt::format("{} is empty", path));
  const std::string kind = ending(path);
  if (kind == "csv") return Content::csv;
  if (kind == "jsonl" || kind == "ndjson" || kind == "json") return Content::jsonl;
  if (beginning.starts_with(base::kByteOrderMark))
    beginning.remove_prefix(base::kByteOrderMark.size());
  const std::size_t first = beginning.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && beginning[first] == '{' ? Content::jsonl
                                                                    : Content::video;
}

base::Result<data::ReadBytes> read_file(const std::string& path) {
  TRY(auto file, open_file(path));
  flock(file->number, LOCK_SH | LOCK_NB);  // what another is writing may be read as well
  return data::ReadBytes([file = std::move(file), path](std::span<char> into) {
    return read_some(*file, into, path);
  });
}

}  // namespace weir::operators
