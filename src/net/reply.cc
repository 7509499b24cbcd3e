// Responses as text (RFC 9112, clause 4).
#include "net/reply.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace weir::net::detail {
namespace {

// RFC 9110, clause 15; RFC 6585 (428 to 431).
std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 507: return "Insufficient Storage";
    default: return "";
  }
}

// IMF-fixdate (RFC 9110, clause 5.6.7).
std::string http_date(std::int64_t wall_ns) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = wall_ns / 1'000'000'000;
  tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[t.tm_wday], t.tm_mday,
                     kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

std::optional<std::string_view> unclean_header(const Response& response) {
  if (!is_clean(response.type)) return "content-type";
  for (const auto& [name, value] : response.headers)
    if (name.empty() || !is_clean(name) || !is_clean(value)) return name;
  return std::nullopt;
}

// Opens the file that `response` names, or turns the response into a problem.
Descriptor open_file(Response& response, std::uint64_t& bytes, base::Log& log) {
  Descriptor file(::open(response.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const int error = errno;
  struct stat found{};
  if (file.number() >= 0 && fstat(file.number(), &found) == 0 && S_ISREG(found.st_mode)) {
    bytes = static_cast<std::uint64_t>(found.st_size);
    return file;
  }
  if (file.number() < 0 && error == ENOENT) {
    response = problem(404, "Not found", "what stands here has been removed");
    return {};
  }
  const std::string why = file.number() < 0 ? base::errno_text(error) : "not a regular file";
  log.write(base::Level::error, "http", "cannot read a file that a route answers with",
            {{"file", response.file}, {"reason", why}});
  response = problem(500, "Failed", "the server cannot read its file; its log says why");
  return {};
}

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

Reply make_reply(Response response, Method method, Persistence persistence,
                 const base::Clock& clock, base::Log& log) {
  CHECK(response.status >= 200 && response.status <= 599);
  Reply reply;
  if (const auto name = unclean_header(response)) {
    log.write(base::Level::error, "http", "a route's header holds control characters",
              {{"header", std::string(*name)}});
    response = problem(500, "Failed", "the server made a malformed answer; its log says more");
  }
  const bool by_file = !response.file.empty();
  if (by_file) reply.file = open_file(response, reply.file_bytes, log);
  const bool file_found = reply.file.number() >= 0;
  reply.status = response.status;

  std::string& out = reply.header;
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\nServer: weir\r\n", response.status,
                 reason(response.status), http_date(clock.wall_ns()));
  const std::uint64_t bytes = file_found ? reply.file_bytes : response.body.size();
  // A HEAD route of its own need not make the body, and so need not know its size.
  const bool size_known = method != Method::head || bytes > 0 || file_found;
  if (has_body(response.status)) {
    if (bytes > 0) fmt::format_to(to, "Content-Type: {}\r\n", response.type);
    if (size_known) fmt::format_to(to, "Content-Length: {}\r\n", bytes);
    out += "X-Content-Type-Options: nosniff\r\n";
  }
  for (const auto& [name, value] : response.headers) fmt::format_to(to, "{}: {}\r\n", name, value);
  if (persistence == Persistence::close) out += "Connection: close\r\n";
  out += "\r\n";

  if (method == Method::head || !has_body(response.status)) {
    reply.file = {};
    reply.file_bytes = 0;
  } else if (!file_found) {
    reply.body = std::move(response.body);
  }
  return reply;
}

}  // namespace weir::net::detail
