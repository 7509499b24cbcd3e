// HttpServer: HTTP/1.1 and WebSockets on one port.
//
// One thread waits for all connections; handlers run on `workers` threads, so a slow one holds up
// other requests only when all workers are busy. Counters may be read from any thread; start and
// stop belong to the owner. Routes are fixed at the start; feeds must outlive the server.
//
// Peers are hostile. Every limit is in HttpLimits; what is over one is refused with a problem
// (RFC 9457) and counted. The server refuses by itself:
//   400  a malformed request; a path with %2F, `..`, control characters or invalid UTF-8
//   403  a foreign Origin on a WebSocket, or on a request that is not safe (cross-site forgery)
//   404, 405 (with Allow)
//   408  a request that does not come in time
//   413, 414, 431  a body, target or header that is too large
//   415  a body of a type that HTML forms send (cross-site forgery), or of another than the route
//        takes, or with Content-Encoding
//   421  a Host that is not ours (DNS rebinding)
//   426  a WebSocket's route without the upgrade (RFC 6455)
//   503  no place for one more connection, body or WebSocket
// Connections are kept alive; pipelined requests are answered in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "net/feed.h"
#include "net/http.h"

namespace weir::net {

struct HttpLimits {
  std::size_t header_bytes = 16 * 1024;  // request line and all headers
  std::size_t query_keys = 256;
  std::size_t connections = 1'024;           // WebSockets apart
  std::size_t sockets = 2'048;               // WebSockets
  std::size_t bodies_bytes = 64'000'000;     // of bodies under way, all together, what has come
  std::size_t socket_message_bytes = 4'096;  // what a WebSocket's client may send; it is not read
  std::int64_t header_ns = 10'000'000'000;   // from the first byte to the end of the header
  // A body has to come with at least this many bytes a second, over any `body_ns`; its end too. A
  // response has `body_ns`, and a second more for each such number of bytes.
  std::size_t body_rate_min = 16'000;
  std::int64_t body_ns = 10'000'000'000;
  std::int64_t idle_ns = 60'000'000'000;   // between requests; a WebSocket's ping goes out at half
  std::int64_t linger_ns = 5'000'000'000;  // for the client to read why it is refused
};

struct HttpCounters {
  std::uint64_t accepted = 0;                // connections ever
  std::size_t connections = 0, sockets = 0;  // now; a WebSocket is a socket, no connection
  std::uint64_t requests = 0;                // ever, whatever became of them
  std::array<std::uint64_t, 6> answers{};    // ever, by the hundreds of their status
  std::uint64_t malformed = 0;               // requests refused by the HTTP parser
  std::uint64_t timeouts = 0;                // deadlines of any kind that passed
  std::uint64_t connections_refused = 0;     // no place, or no file descriptor
  std::uint64_t sockets_slow = 0;            // WebSockets closed because they did not keep up
  std::uint64_t aborted = 0;                 // connections lost within a request or answer
};

// Where GET with an upgrade opens a WebSocket on which `feed` is read.
struct SocketRoute {
  std::string pattern;
  Feed* feed = nullptr;
};

class HttpServer {
 public:
  // Whether an address that other machines can reach may be listened on.
  enum class Reach : std::uint8_t { loopback, anywhere };

  struct Options {
    base::Log& log;
    const base::Clock& clock;
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0 = any that is free
    Reach reach = Reach::loopback;
    std::size_t workers = 2;
    std::vector<std::string> hosts = {};  // names of this server besides localhost and `address`
    HttpLimits limits = {};
  };

  // Listens when it returns. Raises the process's limit of open files to what the limits need, as
  // far as it may. Errors: invalid (address, pattern), conflict (two routes of one method and
  // pattern; the port is taken), refused (the address is not loopback, the port not permitted).
  static base::Result<std::unique_ptr<HttpServer>> start(Options options, std::vector<Route> routes,
                                                         std::vector<SocketRoute> sockets = {});
  ~HttpServer();  // stops at once
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  HttpCounters counters() const;

  // Accepts nothing more and closes what is idle; requests under way are answered, up to a deadline
  // of `deadline_ns` from now. Handlers that run are always waited for. Further calls do nothing.
  void stop(std::int64_t deadline_ns);

 private:
  class Loop;
  explicit HttpServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace weir::net
