// Location: where a stream comes from, a file's path or an rtsp:// URL, told apart and checked
// before FFmpeg sees it.
//
// Pure values and functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::media {

// libavformat's RTSP client keeps user:password, percent-encoded, in 128 bytes and cuts off what is
// longer.
inline constexpr std::size_t kCredentialsMax = 127;
inline constexpr std::size_t kUrlMax = 4'096;

// An rtsp URL (RFC 2326, clause 3.2; RFC 3986) in its parts.
struct RtspUrl {
  std::string credentials;  // user:password, percent-encoded; empty where none are given
  std::string host;         // a name or an address; IPv6 without its brackets
  std::uint16_t port = 554;
  std::string path;  // with its query, from the slash on; may be empty

  // With the credentials and another host: for libavformat, never for people.
  std::string secret_text(std::string_view at_host) const;
  // Without them: for messages.
  std::string text() const;
};

// True where `location` begins like a URL (RFC 3986, clause 3.1) rather than like a path.
bool is_url(std::string_view location);

// What a message may show of a location: user and password are left out.
std::string shown(std::string_view location);

struct Login {
  std::string user, password;  // as they are, not percent-encoded
};

// Checks the URL and puts the login into it, which must not be given in both places.
base::Result<RtspUrl> parse_rtsp_url(std::string_view text, const Login& login);

// RFC 3986, clause 2.1: all but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

// Fails where the file cannot be a video, and says what it is instead: missing, a folder, empty, a
// Git LFS pointer, text.
base::Result<> check_video_file(const std::string& path);

}  // namespace weir::media
