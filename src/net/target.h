// Request targets: what stands between the method and the version of a request line.
//
// Pure functions, thread-safe. Strict on purpose: a path has exactly one reading, so that no
// handler can be led to another file or resource than the one that was checked. Sources: RFC 9112,
// clause 3.2 (origin-form and absolute-form); RFC 3986, clause 3.3; the query as HTML forms write
// it (WHATWG URL, application/x-www-form-urlencoded).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

struct Target {
  std::string authority;              // of the absolute-form, else empty
  std::string path;                   // decoded; begins with a slash
  std::vector<std::string> segments;  // decoded; "/" has none, "/a/" has "a" and ""
  TextMap query;                      // decoded; a key without = has an empty value
};

// Errors: invalid (another form; a byte that must be percent-encoded; a malformed or forbidden
// percent-encoding; a segment `.` or `..`; a key given twice), limit (more keys than that).
base::Result<Target> parse_target(std::string_view target, std::size_t query_keys_max);

// Whether `plus` stands for a space, as in a query.
enum class Plus : std::uint8_t { plus, space };
// Errors: invalid (malformed, a control character, not UTF-8).
base::Result<std::string> decode_percent(std::string_view text, Plus plus = Plus::plus);
// All bytes but unreserved ones (RFC 3986, clause 2.3) as %XX: for one segment, key or value.
std::string encode_percent(std::string_view text);

}  // namespace weir::net
