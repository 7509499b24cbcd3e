// Text forms of plain values: durations, times, base64, UTF-8, names that are nearly right.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::base {

// A duration as written in YAML and on the command line: 250ms, 30s, 1h30m, 1.5s; units ns us ms s
// m h d; a sign may lead. In nanoseconds.
Result<std::int64_t> parse_duration_ns(std::string_view text);
// The shortest such form: 90s is "1m30s".
std::string format_duration(std::int64_t ns);

// The years that 64 bits of nanoseconds hold whole, as messages name them.
inline constexpr std::string_view kTimeRange = "between 1678 and 2261";
// RFC 3339, in nanoseconds since 1970-01-01T00:00:00Z. Written in UTC with nine digits; read with
// any offset and up to nine.
Result<std::int64_t> parse_rfc3339_ns(std::string_view text);
std::string format_rfc3339(std::int64_t ns);

// Base64 (RFC 4648, clause 4, with padding).
std::string encode_base64(std::span<const std::uint8_t> bytes);
Result<std::string> decode_base64(std::string_view text);

// Hexadecimal digits in lower case, two a byte.
std::string encode_hex(std::string_view bytes);

// A digest's text form: "sha256:" and 64 hexadecimal digits in lower case (OCI image-spec,
// descriptor.md, "Digests").
bool is_digest(std::string_view text);

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// U+FEFF in UTF-8, with which some editors begin a file.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// With which a Git LFS pointer begins: the small file in the place of one that was not fetched
// (git-lfs, docs/spec.md).
inline constexpr std::string_view kLfsPointer = "version https://git-lfs.github.com/spec/";

// Without the spaces, tabs and ends of line at both ends.
std::string_view trimmed(std::string_view text);

// The byte offset of the first byte that is not valid UTF-8 (RFC 3629), if any.
std::optional<std::size_t> invalid_utf8(std::string_view text);
// The text with U+FFFD, the replacement character, for each byte that is not valid UTF-8.
std::string valid_utf8(std::string_view text);

// The candidate nearest to `name` by edit distance, where near enough to be a slip of the hand;
// else empty.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace weir::base
