// HttpClient against a real server, and against peers that are none.
#include "net/http_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "net/raw_client_test.h"

namespace weir::net {
namespace {

using base::Code;
using testing::HasSubstr;

std::string url(std::uint16_t port, std::string_view target) {
  return fmt::format("http://127.0.0.1:{}{}", port, target);
}

// A port on which nobody accepts; connections wait in the kernel, or are answered by the test.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(); }
  std::uint16_t port() const { return port_; }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // Answers one connection with these bytes and as many more as the peer takes.
  void answer(std::string_view bytes, std::size_t more = 0) {
    const int peer = ::accept(socket_, nullptr, nullptr);
    char request[4096];
    EXPECT_GT(::recv(peer, request, sizeof request, 0), 0);
    ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    const std::string piece(64 * 1024, 'x');
    while (more > 0) {
      const ssize_t sent = ::send(peer, piece.data(), std::min(piece.size(), more), MSG_NOSIGNAL);
      if (sent <= 0) break;
      more -= static_cast<std::size_t>(sent);
    }
    ::close(peer);
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

std::vector<Route> method_routes() {
  const auto echo = [](const Request& request) {
    Response response{.status = request.method == Method::get ? 200 : 201,
                      .body = std::string(name(request.method)) + " " + request.body};
    response.headers.emplace_back(
        "X-Token", request.headers.contains("x-token") ? request.headers.at("x-token") : "none");
    response.headers.emplace_back("X-Token", "second");
    return response;
  };
  std::vector<Route> routes;
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
    routes.push_back({.method = method, .pattern = "/", .handle = echo, .body_max = 30'000'000});
  return routes;
}

TEST(HttpClient, sends_every_method_over_one_connection) {
  const Served served(method_routes());
  HttpClient client;
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    const std::string body = method == Method::get ? "" : "some bytes";
    const auto answer = client.send({.method = method,
                                     .url = url(served.port(), "/"),
                                     .headers = {{"X-Token", "abc"}},
                                     .body = body});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, method == Method::get ? 200 : 201);
    EXPECT_EQ(answer->body, std::string(name(method)) + " " + body);
    EXPECT_EQ(answer->headers.at("x-token"), "abc, second");
  }
  const auto head = client.send({.method = Method::head, .url = url(served.port(), "/")});
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->body, "");
  const auto empty = client.send({.method = Method::post, .url = url(served.port(), "/")});
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_EQ(empty->body, "POST ");
  const auto missing = client.send({.url = url(served.port(), "/x")});
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(served.server->counters().accepted, 1u);
}

// Each handler waits for the other: one after the other they would wait in vain.
TEST(HttpClient, several_requests_are_under_way_at_once) {
  std::latch both(2);
  const Served served({{.method = Method::get, .pattern = "/{name}", .handle = [&](const auto& of) {
                          both.arrive_and_wait();
                          return Response{.body = of.arguments.at(0)};
                        }}});
  HttpClient client;
  const Call calls[] = {
      {.url = url(served.port(), "/one")}, {.url = "no URL"}, {.url = url(served.port(), "/two")}};
  const auto answers = client.send_all(calls);
  ASSERT_EQ(answers.size(), 3u);
  ASSERT_TRUE(answers[0]) << answers[0].error().message;
  EXPECT_EQ(answers[0]->body, "one");
  EXPECT_EQ(answers[1].error().code, Code::invalid);
  ASSERT_TRUE(answers[2]) << answers[2].error().message;
  EXPECT_EQ(answers[2]->body, "two");
  EXPECT_EQ(served.server->counters().accepted, 2u);
}

TEST(HttpClient, large_bodies_go_out_whole) {
  const Served served(method_routes());
  HttpClient client;
  std::string body(10'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 977);
  const auto answer =
      client.send({.method = Method::put, .url = url(served.port(), "/"), .body = body});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body == "PUT " + body);
}

TEST(HttpClient, a_server_that_starts_anew_is_found_again) {
  HttpClient client;
  auto first = std::make_unique<Served>(method_routes());
  const std::uint16_t port = first->port();
  ASSERT_TRUE(client.send({.url = url(port, "/")}));
  first.reset();
  const auto refused = client.send({.url = url(port, "/")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::network);
  base::MemoryLog log;
  const base::SystemClock clock;
  const auto second =
      HttpServer::start({.log = log, .clock = clock, .port = port}, method_routes());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(client.send({.url = url(port, "/")}));
}

TEST(HttpClient, a_refused_connection_is_said) {
  Listener listener;
  listener.close();
  const auto answer = HttpClient().send({.url = url(listener.port(), "/")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::network);
  EXPECT_THAT(answer.error().message, HasSubstr("GET " + url(listener.port(), "/") + " failed"));
}

TEST(HttpClient, a_server_that_stalls_costs_the_deadline) {
  const Listener listener;
  const auto answer =
      HttpClient().send({.url = url(listener.port(), "/"), .deadline_ns = kSecondNs / 20});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::timeout);
}

TEST(HttpClient, a_call_that_is_cancelled_ends) {
  const Listener listener;
  std::atomic<bool> cancel = false;
  std::thread other([&] { cancel = true; });
  const auto answer = HttpClient().send({.url = url(listener.port(), "/"), .cancel = &cancel});
  other.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::ended);
}

TEST(HttpClient, answers_are_limited) {
  for (const std::string_view length : {"Content-Length: 100000000\r\n", ""}) {
    Listener listener;
    std::thread peer([&] {
      listener.answer("HTTP/1.1 200 OK\r\n" + std::string(length) + "\r\n", 100'000'000);
    });
    const auto answer = HttpClient().send({.url = url(listener.port(), "/")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::limit);
    peer.join();
  }
  Listener listener;
  std::thread peer([&] { listener.answer("HTTP/1.1 200 OK\r\nX: ", 100'000'000); });
  const auto answer = HttpClient().send({.url = url(listener.port(), "/")});
  EXPECT_FALSE(answer);
  peer.join();
}

TEST(HttpClient, what_is_no_http_or_cut_short_is_an_error) {
  for (const std::string_view bytes :
       {"", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Listener listener;
    std::thread peer([&] { listener.answer(bytes); });
    const auto answer = HttpClient().send({.url = url(listener.port(), "/")});
    peer.join();
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().code, Code::network) << answer.error().message;
  }
}

TEST(HttpClient, bad_calls_are_said) {
  HttpClient client;
  for (const auto* bad : {"", "no url", "ftp://localhost/", "file:///etc/passwd", "http://",
                          "http://localhost:99999/", "http://a\r\nb/"}) {
    const auto answer = client.send({.url = bad});
    ASSERT_FALSE(answer) << bad;
    EXPECT_EQ(answer.error().code, Code::invalid) << bad << " " << answer.error().message;
  }
  const auto header = client.send({.url = "http://localhost", .headers = {{"A", "b\r\nC: d"}}});
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, Code::invalid);
}

TEST(HttpClient, https_is_spoken) {
  Listener listener;
  std::thread peer([&] { listener.answer("HTTP/1.1 200 OK\r\n\r\n"); });
  const auto answer =
      HttpClient().send({.url = fmt::format("https://127.0.0.1:{}/", listener.port())});
  peer.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::network);
  EXPECT_THAT(answer.error().message, testing::AnyOf(HasSubstr("SSL"), HasSubstr("TLS")));
}

}  // namespace
}  // namespace weir::net
