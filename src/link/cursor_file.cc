// One line of text: the log, and the offset twice, so that a half-written line is known for one.
#include "link/cursor_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kLineBytesMax = 256;
constexpr std::string_view kStart = "cursor 1 ";

std::string line(std::string_view log, std::uint64_t offset) {
  return fmt::format("{}{} {:020} {:020}\n", kStart, log, offset, offset);
}

Result<std::string> read_text(int descriptor, const std::string& path) {
  std::string text(kLineBytesMax, '\0');
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  if (size < 0) return fail(Code::io, fmt::format("{}: {}", path, base::errno_text(errno)));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::uint64_t> offset_of(std::string_view text, std::string_view log) {
  const std::string zero = line(log, 0);
  if (text.size() != zero.size()) return std::nullopt;
  std::uint64_t offset = 0;
  const char* end = text.data() + text.size() - 1;
  if (std::from_chars(end - 20, end, offset).ec != std::errc{}) return std::nullopt;
  if (text != line(log, offset)) return std::nullopt;
  return offset;
}

}  // namespace

Result<std::unique_ptr<CursorFile>> CursorFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(Code::io, fmt::format("{}: {}", path, base::errno_text(errno)));
  return std::unique_ptr<CursorFile>(new CursorFile(path, descriptor));
}

CursorFile::~CursorFile() {
  ::close(descriptor_);
}

Result<std::optional<std::uint64_t>> CursorFile::read(std::string_view log) const {
  TRY(const std::string text, read_text(descriptor_, path_));
  return offset_of(text, log);
}

std::string CursorFile::log_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  const std::string text = read_text(descriptor, path).value_or("");
  ::close(descriptor);
  if (!text.starts_with(kStart)) return {};
  const std::size_t end = std::min(text.find(' ', kStart.size()), text.size());
  const std::string log = text.substr(kStart.size(), end - kStart.size());
  return offset_of(text, log) ? log : std::string();
}

Result<> CursorFile::write(std::string_view log, std::uint64_t offset) {
  const std::string text = line(log, offset);
  const ssize_t size = ::pwrite(descriptor_, text.data(), text.size(), 0);
  if (size != static_cast<ssize_t>(text.size()) ||
      ::ftruncate(descriptor_, static_cast<off_t>(text.size())) != 0)
    return fail(Code::io, fmt::format("{}: {}", path_, base::errno_text(errno)));
  return {};
}

Result<> CursorFile::sync() {
  if (::fdatasync(descriptor_) == 0) return {};
  return fail(Code::io, fmt::format("{}: {}", path_, base::errno_text(errno)));
}

}  // namespace weir::link
