// Patterns and paths.
#include "net/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr auto kGet = static_cast<std::size_t>(Method::get);
constexpr auto kHead = static_cast<std::size_t>(Method::head);

Result<std::vector<std::string>> parse_pattern(std::string_view pattern) {
  const auto wrong = [&] {
    return fail(Code::invalid, fmt::format("the route's pattern \"{}\" is malformed, expected "
                                           "segments like /name/{{argument}}",
                                           pattern));
  };
  if (!pattern.starts_with('/')) return wrong();
  std::vector<std::string> segments;
  for (std::size_t at = 1; at <= pattern.size() && pattern.size() > 1;) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string_view segment = pattern.substr(at, end - at);
    const bool argument = segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
    const std::string_view word = argument ? segment.substr(1, segment.size() - 2) : segment;
    if (word.empty() || word.find_first_of("{}%?#") != std::string_view::npos) return wrong();
    segments.emplace_back(argument ? "" : word);
    at = end + 1;
  }
  return segments;
}

bool matches(std::span<const std::string> pattern, std::span<const std::string> path) {
  return std::ranges::equal(pattern, path, [](const std::string& word, const std::string& given) {
    return word.empty() ? !given.empty() : word == given;
  });
}

}  // namespace

Result<Router> Router::make(std::vector<Route> routes, std::vector<SocketRoute> sockets) {
  Router router;
  for (Route& route : routes) {
    CHECK(route.handle != nullptr);
    TRY(Entry * entry, router.entry(route.pattern));
    auto& place = entry->routes[static_cast<std::size_t>(route.method)];
    if (place) {
      return fail(Code::conflict,
                  fmt::format("two routes are {} {}", name(route.method), route.pattern));
    }
    place = std::move(route);
  }
  for (SocketRoute& socket : sockets) {
    CHECK(socket.feed != nullptr);
    TRY(Entry * entry, router.entry(socket.pattern));
    if (entry->socket || entry->routes[kGet]) {
      return fail(Code::conflict, fmt::format("two routes are GET {}", socket.pattern));
    }
    entry->socket = std::move(socket);
  }
  // Literal segments first: at the first difference an argument stands behind.
  std::ranges::stable_sort(router.entries_, [](const Entry& a, const Entry& b) {
    return std::ranges::lexicographical_compare(
        a.segments, b.segments, [](const std::string& left, const std::string& right) {
          return !left.empty() && right.empty();
        });
  });
  return router;
}

Result<Router::Entry*> Router::entry(const std::string& pattern) {
  TRY(auto segments, parse_pattern(pattern));
  const auto found = std::ranges::find(entries_, segments, &Entry::segments);
  if (found != entries_.end()) return &*found;
  entries_.push_back({.segments = std::move(segments), .routes = {}, .socket = {}});
  return &entries_.back();
}

Router::Match Router::find(std::optional<Method> method,
                           std::span<const std::string> segments) const {
  Match match;
  std::array<bool, 6> allowed{};
  for (const Entry& entry : entries_) {
    if (!matches(entry.segments, segments)) continue;
    const bool head_as_get = method == Method::head && !entry.routes[kHead];
    if (method) {
      const auto& route = entry.routes[head_as_get ? kGet : static_cast<std::size_t>(*method)];
      if (route) match.route = &*route;
      const bool reads = method == Method::get || method == Method::head;
      if (reads && entry.socket) match.socket = &*entry.socket;
    }
    if (match.route != nullptr || match.socket != nullptr) {
      for (std::size_t i = 0; i < segments.size(); ++i)
        if (entry.segments[i].empty()) match.arguments.push_back(segments[i]);
      return match;
    }
    for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] |= entry.routes[i].has_value();
    allowed[kHead] |= entry.routes[kGet].has_value() || entry.socket.has_value();
    allowed[kGet] |= entry.socket.has_value();
  }
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (!allowed[i]) continue;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name(static_cast<Method>(i));
  }
  return match;
}

}  // namespace weir::net
