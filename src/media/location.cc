// Paths and rtsp:// URLs.
#include "media/location.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <span>
#include <system_error>

#include "base/text.h"

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kScheme = "rtsp://";
constexpr std::string_view kGzip = "\x1F\x8B";  // RFC 1952, clause 2.3.1
constexpr std::size_t kSniffBytes = 512;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What must not get into the lines of an RTSP request.
bool breaks_line(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

struct Authority {
  std::string_view credentials, host_port;
};

// A password may hold an unencoded `@`, so the last one counts.
Authority split_authority(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return {{}, text};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<> parse_host_port(std::string_view text, RtspUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return fail(Code::invalid, "its address lacks a ']'");
    url.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':'))
      return fail(Code::invalid, "after ']' comes no port");
  } else {
    const std::size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  const bool odd = std::ranges::any_of(url.host, [](char c) {
    return !is_letter(c) && !is_digit(c) &&
           std::string_view("-._:%").find(c) == std::string_view::npos;
  });
  if (url.host.empty() || odd) return fail(Code::invalid, "it names no host");
  if (port.empty()) return {};
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size() || url.port == 0) {
    return fail(Code::invalid, "its port is not a number from 1 to 65535");
  }
  return {};
}

bool is_text(std::span<const char> bytes) {
  const bool plain = std::ranges::all_of(bytes, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
  if (!plain) return false;
  // The end of the sample may cut a character of up to four bytes in two.
  const auto bad = base::invalid_utf8({bytes.data(), bytes.size()});
  return !bad || (bytes.size() == kSniffBytes && *bad + 4 > bytes.size());
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

std::string RtspUrl::secret_text(std::string_view at_host) const {
  const bool v6 = at_host.find(':') != std::string_view::npos;
  return fmt::format("{}{}{}{}{}{}:{}{}", kScheme, credentials, credentials.empty() ? "" : "@",
                     v6 ? "[" : "", at_host, v6 ? "]" : "", port, path);
}

std::string RtspUrl::text() const {
  RtspUrl open = *this;
  open.credentials.clear();
  return open.secret_text(host);
}

bool is_url(std::string_view location) {
  const std::size_t colon = location.find("://");
  if (colon == std::string_view::npos || colon == 0 || !is_letter(location.front())) return false;
  return std::ranges::all_of(location.substr(0, colon), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

std::string shown(std::string_view location) {
  if (!is_url(location)) return std::string(location);
  const std::size_t start = location.find("://") + 3;
  const std::size_t at = location.rfind('@');
  if (at == std::string_view::npos || at < start) return std::string(location);
  return std::string(location.substr(0, start)).append(location.substr(at + 1));
}

Result<RtspUrl> parse_rtsp_url(std::string_view text, const Login& login) {
  const auto malformed = [&](std::string_view why) {
    return fail(Code::invalid,
                fmt::format("{} is not an RTSP URL: {}; expected rtsp://host[:port]/path",
                            shown(text), why));
  };
  if (text.size() > kUrlMax) {
    return fail(Code::limit, fmt::format("an RTSP URL has {} bytes; at most {} are allowed",
                                         text.size(), kUrlMax));
  }
  if (!text.starts_with(kScheme)) return malformed("it does not begin with rtsp://");
  if (std::ranges::any_of(text, breaks_line))
    return malformed("it holds a space or a control character");

  RtspUrl url;
  const std::string_view rest = text.substr(kScheme.size());
  // A slash in a password must be encoded; so the first one ends the authority.
  const std::size_t slash = rest.find_first_of("/?");
  const Authority authority = split_authority(rest.substr(0, slash));
  url.path = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (auto parsed = parse_host_port(authority.host_port, url); !parsed) {
    return malformed(parsed.error().message);
  }
  const bool given = !login.user.empty() || !login.password.empty();
  if (given && !authority.credentials.empty()) {
    return fail(
        Code::conflict,
        fmt::format("user and password for {} are given twice, in the URL and apart", url.text()));
  }
  url.credentials = authority.credentials;
  if (given) {
    url.credentials = percent_encode(login.user) + ":" + percent_encode(login.password);
  }
  if (url.credentials.size() > kCredentialsMax) {
    return fail(
        Code::limit,
        fmt::format("user and password for {} have {} bytes, percent-encoded; at most {} are "
                    "possible",
                    url.text(), url.credentials.size(), kCredentialsMax));
  }
  return url;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<> check_video_file(const std::string& path) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) {
    const Code code = errno == ENOENT || errno == ENOTDIR ? Code::missing : Code::io;
    return fail(code, fmt::format("{} cannot be opened: {}", path, base::errno_text(errno)));
  }
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) {
    return fail(Code::io, fmt::format("{} cannot be read: {}", path, base::errno_text(errno)));
  }
  if (S_ISDIR(status.st_mode))
    return fail(Code::wrong_type, fmt::format("{} is a folder, not a video", path));
  if (!S_ISREG(status.st_mode)) {
    return fail(Code::wrong_type,
                fmt::format("{} is not a regular file; a video is expected", path));
  }
  std::array<char, kSniffBytes> start = {};
  const ssize_t count = read(file.number(), start.data(), start.size());
  if (count < 0)
    return fail(Code::io, fmt::format("{} cannot be read: {}", path, base::errno_text(errno)));
  const std::span<const char> bytes(start.data(), static_cast<std::size_t>(count));
  if (bytes.empty())
    return fail(Code::corrupt, fmt::format("{} is empty; a video is expected", path));
  if (std::string_view(bytes.data(), bytes.size()).starts_with(base::kLfsPointer)) {
    return fail(Code::corrupt,
                fmt::format("{} is a Git LFS pointer, not a video; run `git lfs pull`", path));
  }
  if (std::string_view(bytes.data(), bytes.size()).starts_with(kGzip)) {
    return fail(Code::wrong_type,
                fmt::format("{} is compressed with gzip, not a video; unpack it", path));
  }
  if (is_text(bytes))
    return fail(Code::corrupt, fmt::format("{} is a text file, not a video", path));
  return {};
}

}  // namespace weir::media
