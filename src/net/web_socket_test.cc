// WebSockets of HttpServer, with Beast as the client.
#include "net/web_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <thread>

#include "net/raw_client_test.h"

namespace weir::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

class SocketClient {
 public:
  explicit SocketClient(std::uint16_t port) : stream_(context_) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    const timeval deadline{.tv_sec = 30, .tv_usec = 0};
    setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &deadline,
               sizeof deadline);
    stream_.handshake("localhost", "/live");
  }
  std::string read() {
    beast::flat_buffer buffer;
    beast::error_code error;
    stream_.read(buffer, error);
    if (error == websocket::error::closed) return "closed " + std::to_string(stream_.reason().code);
    return error ? "ended" : beast::buffers_to_string(buffer.data());
  }
  void write(const std::string& text) { stream_.write(asio::buffer(text)); }
  void close() { stream_.close(websocket::close_code::normal); }
  // Takes so few bytes into the kernel that a server soon notices who does not read.
  void shrink() { stream_.next_layer().set_option(asio::socket_base::receive_buffer_size(4096)); }

 private:
  asio::io_context context_;
  websocket::stream<tcp::socket> stream_;
};

std::vector<Route> one_route() {
  return {{.method = Method::get, .pattern = "/", .handle = [](const Request&) {
             return Response{.body = "{}"};
           }}};
}

struct ServedFeed {
  explicit ServedFeed(HttpLimits limits = {})
      : served(one_route(), {{.pattern = "/live", .feed = &feed}}, limits) {}
  std::uint16_t port() const { return served.port(); }
  void until_sockets(std::size_t count) const {
    served.until([&](const HttpCounters& now) { return now.sockets == count; });
  }

  Feed feed;  // outlives the server
  Served served;
};

const std::string kUpgrade =
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST(WebSocket, every_socket_gets_what_is_published) {
  ServedFeed live;
  SocketClient one(live.port()), two(live.port());
  EXPECT_EQ(live.feed.sockets(), 2u);
  const std::string large(300'000, 'x');
  live.feed.publish("{\"alert\":1}");
  live.feed.publish(large);
  live.feed.publish("ä");
  for (SocketClient* client : {&one, &two}) {
    EXPECT_EQ(client->read(), "{\"alert\":1}");
    EXPECT_EQ(client->read(), large);
    EXPECT_EQ(client->read(), "ä");
  }
  one.close();
  live.until_sockets(1);
  live.feed.publish("last");
  EXPECT_EQ(two.read(), "last");
  EXPECT_EQ(live.feed.sockets(), 1u);
}

TEST(WebSocket, what_a_client_says_is_passed_over) {
  ServedFeed live;
  SocketClient client(live.port());
  for (int i = 0; i < 100; ++i) client.write("hello");
  live.feed.publish("a");
  EXPECT_EQ(client.read(), "a");
  client.write(std::string(5'000, 'x'));
  EXPECT_EQ(client.read(), "closed 1009");
  live.until_sockets(0);
}

TEST(WebSocket, the_handshake_is_checked) {
  ServedFeed live;
  RawClient client(live.port());
  const auto plain = client.ask(request("/live"));
  EXPECT_EQ(plain.status, 426);
  EXPECT_TRUE(plain.has("Upgrade: websocket"));
  for (const std::string& headers : {std::string(), kUpgrade})
    EXPECT_EQ(client.ask(request("/live", "HEAD", headers), Method::head).status, 426);
  EXPECT_TRUE(client.ask(request("/live", "POST")).has("Allow: GET, HEAD"));
  EXPECT_EQ(client.ask(request("/", "GET", kUpgrade)).status, 200);
  const std::string foreign = kUpgrade + "Origin: http://evil.example\r\n";
  EXPECT_EQ(client.ask(request("/live", "GET", foreign)).status, 403);
  EXPECT_EQ(client.ask("GET /live HTTP/1.1\r\nHost: evil.example\r\n" + kUpgrade + "\r\n").status,
            421);
  const std::string own = kUpgrade + "Origin: http://localhost\r\n";
  const auto opened = client.ask(request("/live", "GET", own), Method::head);
  EXPECT_EQ(opened.status, 101);
  EXPECT_TRUE(opened.has("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_EQ(RawClient(live.port())
                .ask("GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: "
                     "Upgrade\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n\r\n")
                .status,
            426);
}

TEST(WebSocket, malformed_frames_end_it) {
  HttpLimits limits;
  limits.idle_ns = kSecondNs / 5;  // a peer that then neither reads nor closes is not waited for
  ServedFeed live(limits);
  for (const std::string_view frame :
       {std::string_view("\x81\x01x", 3), std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff", 8),
        std::string_view("\x83\x80\0\0\0\0", 6)}) {
    RawClient client(live.port());
    EXPECT_EQ(client.ask(request("/live", "GET", kUpgrade), Method::head).status, 101);
    client.send(frame);
    live.until_sockets(0);
  }
}

TEST(WebSocket, a_socket_that_never_reads_is_closed_and_counted) {
  ServedFeed live;
  SocketClient slow(live.port());
  slow.shrink();
  SocketClient quick(live.port());
  const std::string text(100'000, 'x');
  for (int i = 0; i < 200; ++i) {
    live.feed.publish(text);
    ASSERT_EQ(quick.read(), text);
  }
  live.until_sockets(1);
  EXPECT_EQ(live.served.server->counters().sockets_slow, 1u);
  EXPECT_EQ(live.feed.lost(), 1u);
}

TEST(WebSocket, one_that_is_silent_for_too_long_is_closed) {
  HttpLimits limits;
  limits.idle_ns = kSecondNs / 5;
  ServedFeed live(limits);
  RawClient client(live.port());  // it never answers a ping
  EXPECT_EQ(client.ask(request("/live", "GET", kUpgrade), Method::head).status, 101);
  live.until_sockets(0);
}

TEST(WebSocket, sockets_are_limited) {
  HttpLimits limits;
  limits.sockets = 2;
  ServedFeed live(limits);
  const SocketClient one(live.port()), two(live.port());
  EXPECT_EQ(RawClient(live.port()).ask(request("/live", "GET", kUpgrade)).status, 503);
  EXPECT_EQ(RawClient(live.port()).ask(request("/")).status, 200);
}

TEST(WebSocket, a_thousand_idle_sockets_hold_up_nobody) {
  ServedFeed live;
  std::vector<RawClient> idle;
  for (int i = 0; i < 1'000; ++i) {
    idle.emplace_back(live.port());
    ASSERT_EQ(idle.back().ask(request("/live", "GET", kUpgrade), Method::head).status, 101);
  }
  EXPECT_EQ(live.feed.sockets(), 1'000u);
  live.served.until([](const HttpCounters& now) { return now.connections == 0; });
  RawClient client(live.port());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.ask(request("/")).status, 200);
  SocketClient listening(live.port());
  live.feed.publish("a");
  EXPECT_EQ(listening.read(), "a");
}

TEST(WebSocket, stop_says_that_it_goes) {
  ServedFeed live;
  SocketClient polite(live.port());
  RawClient rude(live.port());  // it never answers the close
  EXPECT_EQ(rude.ask(request("/live", "GET", kUpgrade), Method::head).status, 101);
  std::string last;
  std::thread reader([&] { last = polite.read(); });
  live.served.server->stop(kSecondNs);
  reader.join();
  EXPECT_EQ(last, "closed 1001");
  EXPECT_EQ(live.feed.sockets(), 0u);
}

TEST(WebSocket, a_server_ends_while_others_publish) {
  Feed feed;
  std::atomic<bool> ended = false;
  std::thread publisher([&] {
    while (!ended) feed.publish(std::string(1'000, 'x'));
  });
  for (int round = 0; round < 10; ++round) {
    const Served served(one_route(), {{.pattern = "/live", .feed = &feed}});
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 5; ++i) {
      clients.push_back(std::make_unique<RawClient>(served.port()));
      clients.back()->send(request("/live", "GET", kUpgrade));
    }
    EXPECT_EQ(clients.back()->receive(Method::head).status, 101);
    served.server->stop(round % 2 == 0 ? 0 : kSecondNs / 10);
  }
  ended = true;
  publisher.join();
  EXPECT_EQ(feed.sockets(), 0u);
}

}  // namespace
}  // namespace weir::net
