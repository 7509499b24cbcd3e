// HTTP as handlers see it: requests, responses, routes, problems.
//
// Values, not thread-safe. What the server has checked before a handler sees a request: the path
// and the query are percent-decoded, valid UTF-8 and without control characters, no segment of the
// path is empty, `.` or `..` or holds a slash; the body is whole and no larger than the route
// takes. Sources: RFC 9110 (semantics), RFC 3986 (paths), RFC 9457 (problem details).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/diagnostic.h"

namespace weir::net {

inline constexpr std::size_t kBodyMax = 1'000'000;  // bytes, of a route that says nothing else

enum class Method : std::uint8_t { get, head, post, put, patch, del };

// "GET", "DELETE", … (RFC 9110, clause 9; RFC 5789), case-sensitive.
std::string_view name(Method method);
std::optional<Method> method_named(std::string_view name);

using TextMap = std::map<std::string, std::string, std::less<>>;

struct Request {
  Method method = Method::get;
  std::string path;                    // "/api/v1/devices/south gate"
  std::vector<std::string> arguments;  // what each {…} of the route's pattern stands for
  TextMap query;
  TextMap headers;  // names in lower case; lines of one name are joined by ", "
  std::string body;

  // The value, or nothing where the request does not have it.
  std::optional<std::string_view> header(std::string_view lower_case_name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Path of a regular file whose bytes are sent in place of `body`, read piece by piece.
  std::string file = {};
};

// One method on one pattern. A segment of the pattern is literal, or {name}, which stands for any
// one segment; a literal one goes before. A GET route answers HEAD too, where HEAD has none.
// `handle` is called on several threads at once; its error is answered as problem() tells.
struct Route {
  Method method = Method::get;
  std::string pattern;  // "/api/v1/devices/{name}"
  std::function<base::Result<Response>(const Request&)> handle;
  std::size_t body_max = kBodyMax;  // a larger body is refused with 413
  std::string takes = {};           // the body's media type; empty: any but those of HTML forms
};

// One mistake in what was sent, with its place where it has one.
struct Fault {
  std::string file = {};
  int line = 0, column = 0;  // counted from 1; 0 = not known
  std::string detail = {};
};

// An error as application/problem+json: {"type": "about:blank", "title", "status", "detail",
// "errors": [{"file", "line", "column", "detail"}]}; members that are empty or 0 are left out.
Response problem(int status, std::string_view title, std::string_view detail,
                 const std::vector<Fault>& faults = {});
// The same from what our functions return: 400 for what a person wrote, 404 unknown_name, 409
// conflict, 403 refused, 413 limit, 501 not_yet, 503 (with Retry-After) network, device and
// timeout, else 500.
Response problem(const base::Error& error);
// 422 with all diagnostics as faults.
Response problem(std::string_view title, const data::Diagnostics& diagnostics);

}  // namespace weir::net
