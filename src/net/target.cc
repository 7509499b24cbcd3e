// Request targets.
#include "net/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// Lenient as far as there is one reading only: browsers leave {, | and the like as they are.
Result<> check_bytes(std::string_view target) {
  for (const char c : target) {
    if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') {
      return fail(Code::invalid,
                  fmt::format("the request's target holds the byte 0x{:02x}, expected it "
                              "percent-encoded",
                              static_cast<unsigned char>(c)));
    }
  }
  return {};
}

Result<std::string> decode_segment(std::string_view text) {
  TRY(auto segment, decode_percent(text));
  if (segment.find_first_of("/\\") != std::string::npos) {
    return fail(Code::invalid,
                "the path has a percent-encoded slash or backslash within a segment");
  }
  if (segment == "." || segment == "..") {
    return fail(Code::invalid, fmt::format("the path has a segment \"{}\"", segment));
  }
  return segment;
}

Result<> read_path(std::string_view text, Target& out) {
  if (!text.starts_with('/')) {
    return fail(Code::invalid,
                "the request's target does not start with a slash, expected a path like /api/v1");
  }
  for (std::size_t at = 1; at <= text.size() && text.size() > 1;) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    TRY(auto segment, decode_segment(text.substr(at, end - at)));
    out.path += '/';
    out.path += segment;
    out.segments.push_back(std::move(segment));
    at = end + 1;
  }
  if (out.segments.empty()) out.path = "/";
  return {};
}

Result<> read_query(std::string_view text, std::size_t keys_max, TextMap& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    TRY(auto key, decode_percent(pair.substr(0, equals), Plus::space));
    TRY(auto value, decode_percent(pair.substr(std::min(equals + 1, pair.size())), Plus::space));
    if (out.size() >= keys_max) {
      return fail(Code::limit, fmt::format("the query has more than {} keys", keys_max));
    }
    const auto [entry, fresh] = out.emplace(std::move(key), std::move(value));
    if (!fresh) {
      return fail(Code::invalid, fmt::format("the query has the key \"{}\" twice", entry->first));
    }
  }
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view target, std::size_t query_keys_max) {
  TRY_DO(check_bytes(target));
  Target out;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    out.authority = target.substr(0, end);
    if (out.authority.empty()) return fail(Code::invalid, "the request's target names no host");
    target.remove_prefix(end);
    if (target.empty()) target = "/";
    break;
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  TRY_DO(read_path(target.substr(0, question), out));
  TRY_DO(
      read_query(target.substr(std::min(question + 1, target.size())), query_keys_max, out.query));
  return out;
}

Result<std::string> decode_percent(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::space) {
      c = ' ';
    } else if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail(Code::invalid, "a % in the request's target has no two hexadecimal digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if ((c >= 0 && c < ' ') || c == 0x7f) {
      return fail(Code::invalid, fmt::format("the request's target holds the control character "
                                             "0x{:02x}",
                                             static_cast<int>(c)));
    }
    out += c;
  }
  if (base::invalid_utf8(out)) {
    return fail(Code::invalid, "the request's target is not valid UTF-8 when decoded");
  }
  return out;
}

std::string encode_percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace weir::net
