// Admission: whether a request's header lets it in, before its body is read. For the files of
// HttpServer; the rules are listed in http_server.h.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_shared.h"

namespace weir::net::detail {

// A request's header as it came.
struct Arrival {
  std::string method, target;
  int version = 11;  // 10 = HTTP/1.0
  TextMap headers;   // names in lower case; lines of one name are joined by ", "
  std::size_t host_lines = 0;
  bool chunked = false;
  std::uint64_t content_length = 0;

  void add_header(std::string_view name, std::string_view value);
};

// A request that may go on.
struct Admitted {
  Request request;                // without its body
  const Route* route = nullptr;   // null: it opens a WebSocket
  Feed* feed = nullptr;           // null: it is answered by a route
  std::uint64_t body_bytes = 0;   // that may come; 0 = none
  bool expects_continue = false;  // RFC 9110, clause 10.1.1
};

std::expected<Admitted, Response> admit(Arrival arrival, const HttpShared& shared);

Response body_too_large(std::size_t bytes_max);  // 413
Response bodies_busy();                          // 503

}  // namespace weir::net::detail
