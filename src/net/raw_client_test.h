// RawClient: says any bytes to a port of this machine and hears what comes back. For tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/http_server.h"

namespace weir::net {

class RawClient {
 public:
  struct Reply {
    int status = 0;  // 0: none came
    std::string head, body;
    bool has(std::string_view line) const {
      return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
  };

  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval deadline{.tv_sec = 30, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  RawClient(const RawClient&) = delete;

  // How much went out before the server closed the connection.
  std::size_t send(std::string_view text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    return sent;
  }

  // One answer; after HEAD none has a body, whatever its header says.
  Reply receive(Method method = Method::get) {
    Reply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return reply;
    reply.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const std::size_t at = reply.head.find("Content-Length: ");
    if (at == std::string::npos || method == Method::head) return reply;
    const std::size_t size = std::stoul(reply.head.substr(at + 16));
    while (buffer_.size() < size)
      if (!fill()) return reply;
    reply.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return reply;
  }
  Reply ask(std::string_view text, Method method = Method::get) {
    send(text);
    return receive(method);
  }

  // Whether the server closes the connection, without having said more.
  bool closed() { return buffer_.empty() && !fill(); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // Closes so that the peer's next read or write fails.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  bool fill() {
    char piece[64 * 1024];
    const ssize_t count = ::recv(socket_, piece, sizeof piece, 0);
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  std::string buffer_;
};

// A GET, or another method without a body.
inline std::string request(std::string_view target, std::string_view method = "GET",
                           std::string_view headers = "") {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(headers) + "\r\n";
}
inline std::string request_with_body(std::string_view target, std::string_view body,
                                     std::string_view headers = "",
                                     std::string_view method = "POST") {
  return request(target, method,
                 "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers)) +
         std::string(body);
}

constexpr std::int64_t kSecondNs = 1'000'000'000;

// A server on a free port.
struct Served {
  explicit Served(std::vector<Route> routes, std::vector<SocketRoute> sockets = {},
                  HttpLimits limits = {}, std::size_t workers = 2) {
    auto started =
        HttpServer::start({.log = log, .clock = clock, .workers = workers, .limits = limits},
                          std::move(routes), std::move(sockets));
    CHECK(started);
    server = std::move(*started);
  }
  std::uint16_t port() const { return server->port(); }
  // Waits until the server's counters are so.
  template <class Condition>
  void until(Condition condition) const {
    const std::int64_t deadline = clock.monotonic_ns() + 30 * kSecondNs;
    while (!condition(server->counters())) {
      CHECK(clock.monotonic_ns() < deadline);
      std::this_thread::yield();
    }
  }

  base::MemoryLog log;
  base::SystemClock clock;
  std::unique_ptr<HttpServer> server;
};

}  // namespace weir::net
