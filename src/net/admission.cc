// What a request's header must be like.
#include "net/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "net/target.h"

namespace weir::net::detail {
namespace {

using Refused = std::unexpected<Response>;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Whether a list of tokens (RFC 9110, clause 5.6.1) has this one; in lower case.
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (lower(base::trimmed(list.substr(0, end))) == token) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string_view text_of(const TextMap& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

// Without parameters (RFC 9110, clause 8.3.1).
std::string media_type(std::string_view content_type) {
  return lower(base::trimmed(content_type.substr(0, content_type.find(';'))));
}

// Types that a page of any place can make a browser send without asking (Fetch, CORS-safelisted
// request headers).
bool is_form_type(std::string_view type) {
  return type == "application/x-www-form-urlencoded" || type == "multipart/form-data" ||
         type == "text/plain";
}

std::optional<Response> check_framing(const Arrival& arrival) {
  if (arrival.host_lines > 1) return problem(400, "Not understood", "the Host header comes twice");
  const auto encoding = arrival.headers.find("transfer-encoding");
  if (encoding == arrival.headers.end()) return std::nullopt;
  // A body whose end two programs see in two places is how requests are smuggled.
  if (arrival.version < 11 || !arrival.chunked || lower(encoding->second) != "chunked") {
    return problem(501, "Not built", "expected no Transfer-Encoding but chunked");
  }
  return std::nullopt;
}

std::optional<Response> check_host(const Arrival& arrival, const Target& target,
                                   const Hosts& hosts) {
  std::string_view host = target.authority;
  if (host.empty()) {
    const auto found = arrival.headers.find("host");
    // Only HTTP/1.1 asks for it; no browser leaves it out.
    if (found == arrival.headers.end() && arrival.version < 11) return std::nullopt;
    if (found == arrival.headers.end())
      return problem(400, "Not understood", "the Host header is missing");
    host = found->second;
  }
  if (hosts.known(host)) return std::nullopt;
  return problem(421, "Misdirected",
                 "the Host header does not name this server, expected localhost, a loopback "
                 "address or the address it listens on");
}

bool is_foreign(const Arrival& arrival, const Target& target) {
  const auto origin = arrival.headers.find("origin");
  if (origin == arrival.headers.end()) return false;
  return !same_origin(origin->second, target.authority.empty()
                                          ? text_of(arrival.headers, "host")
                                          : std::string_view(target.authority));
}

Response foreign() {
  return problem(403, "Refused", "the request comes from a page of another place (Origin)");
}

std::optional<Response> check_body(const Arrival& arrival, const Route& route,
                                   const HttpShared& shared) {
  const TextMap& headers = arrival.headers;
  const std::string type = media_type(text_of(headers, "content-type"));
  const bool other = !route.takes.empty() && !type.empty() && type != route.takes;
  if (other || is_form_type(type)) {
    Response response = problem(
        415, "Unsupported type",
        fmt::format("the body is {}, expected {}", type,
                    route.takes.empty() ? "a type that HTML forms do not send" : route.takes));
    // RFC 9110, clause 15.5.16.
    if (!route.takes.empty()) response.headers.emplace_back("Accept", route.takes);
    return response;
  }
  if (headers.contains("content-encoding"))
    return problem(415, "Unsupported type", "expected a body without Content-Encoding");
  if (arrival.content_length > route.body_max) return body_too_large(route.body_max);
  const std::uint64_t bytes = arrival.chunked ? route.body_max : arrival.content_length;
  if (shared.bodies_bytes + bytes > shared.options.limits.bodies_bytes) return bodies_busy();
  return std::nullopt;
}

// RFC 6455, clause 4.2.1.
std::optional<Response> check_upgrade(const Arrival& arrival, const Target& target,
                                      const HttpShared& shared) {
  const TextMap& headers = arrival.headers;
  if (arrival.method != "GET" || arrival.version < 11 ||
      !has_token(text_of(headers, "upgrade"), "websocket") ||
      !has_token(text_of(headers, "connection"), "upgrade") ||
      !headers.contains("sec-websocket-key") || text_of(headers, "sec-websocket-version") != "13") {
    Response response =
        problem(426, "Upgrade required", "this is a WebSocket (RFC 6455), expected its handshake");
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Connection", "Upgrade");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    return response;
  }
  if (is_foreign(arrival, target)) return foreign();
  if (shared.stopping || shared.counts.sockets >= shared.options.limits.sockets)
    return problem(503, "Busy", "there is no place for one more WebSocket");
  return std::nullopt;
}

Response no_route(const std::string& allow, const std::string& path) {
  if (allow.empty()) return problem(404, "Not found", fmt::format("there is nothing at {}", path));
  Response response = problem(405, "Method not allowed", fmt::format("{} takes {}", path, allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

void Arrival::add_header(std::string_view name, std::string_view value) {
  std::string key = lower(name);
  if (key == "host") ++host_lines;
  auto [entry, fresh] = headers.try_emplace(std::move(key), value);
  if (!fresh) entry->second.append(", ").append(value);
}

Response body_too_large(std::size_t bytes_max) {
  return problem(413, "Too large", fmt::format("the body has more than {} bytes", bytes_max));
}

Response bodies_busy() {
  Response response = problem(503, "Busy", "too many bodies are under way, try again later");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::expected<Admitted, Response> admit(Arrival arrival, const HttpShared& shared) {
  if (auto refused = check_framing(arrival)) return Refused(std::move(*refused));
  auto target = parse_target(arrival.target, shared.options.limits.query_keys);
  if (!target) return Refused(problem(400, "Not understood", target.error().message));
  if (auto refused = check_host(arrival, *target, shared.hosts))
    return Refused(std::move(*refused));

  const std::optional<Method> method = method_named(arrival.method);
  Router::Match match = shared.router.find(method, target->segments);
  if (match.route == nullptr && match.socket == nullptr)
    return Refused(no_route(match.allow, target->path));
  if (match.socket != nullptr) {
    if (auto refused = check_upgrade(arrival, *target, shared)) return Refused(std::move(*refused));
  }
  const bool safe = *method == Method::get || *method == Method::head;
  if (!safe && is_foreign(arrival, *target)) return Refused(foreign());

  Admitted admitted{.request = {},
                    .route = match.route,
                    .feed = match.socket == nullptr ? nullptr : match.socket->feed};
  if (match.route != nullptr && (arrival.chunked || arrival.content_length > 0)) {
    if (auto refused = check_body(arrival, *match.route, shared))
      return Refused(std::move(*refused));
    admitted.body_bytes = arrival.chunked ? match.route->body_max : arrival.content_length;
    if (const auto expect = text_of(arrival.headers, "expect"); !expect.empty()) {
      if (lower(expect) != "100-continue")
        return Refused(problem(417, "Not understood", "expected no Expect but 100-continue"));
      admitted.expects_continue = true;
    }
  }
  admitted.request = {.method = *method,
                      .path = std::move(target->path),
                      .arguments = std::move(match.arguments),
                      .query = std::move(target->query),
                      .headers = std::move(arrival.headers),
                      .body = {}};
  return admitted;
}

}  // namespace weir::net::detail
