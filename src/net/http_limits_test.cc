// HttpServer against peers that are slow, large, many, or go away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <semaphore>
#include <thread>
#include <tuple>

#include "net/http_server.h"
#include "net/raw_client_test.h"

namespace weir::net {
namespace {

using testing::HasSubstr;

Response size_of_body(const Request& request) {
  return {.body = std::to_string(request.body.size())};
}

std::vector<Route> routes() {
  return {{.method = Method::get, .pattern = "/", .handle = size_of_body},
          {.method = Method::post, .pattern = "/", .handle = size_of_body}};
}

// Deadlines that a test can wait for.
HttpLimits impatient() {
  return {.header_ns = kSecondNs / 10, .body_ns = kSecondNs / 10, .idle_ns = kSecondNs / 10};
}

TEST(HttpLimits, a_slow_header_is_ended) {
  const Served served(routes(), {}, impatient());
  RawClient client(served.port());
  client.send("GET / HTTP/1.1\r\nHost: loc");
  const auto reply = client.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(served.server->counters().timeouts, 1u);
}

TEST(HttpLimits, a_header_that_comes_byte_by_byte_is_ended_all_the_same) {
  const Served served(routes(), {}, impatient());
  RawClient client(served.port());
  std::size_t sent = client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  std::thread drip([&] {
    while (client.send("x") == 1 && sent < 15'000) {
      ++sent;
      std::this_thread::yield();
      if (served.server->counters().timeouts > 0) return;
    }
  });
  drip.join();
  const int status = client.receive().status;
  EXPECT_TRUE(status == 408 || status == 431) << status;
}

TEST(HttpLimits, a_slow_body_is_ended) {
  const Served served(routes(), {}, impatient());
  RawClient client(served.port());
  client.send(request("/", "POST", "Content-Length: 10\r\n") + "12345");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(served.server->counters().timeouts, 1u);
}

TEST(HttpLimits, a_body_that_comes_byte_by_byte_is_ended_all_the_same) {
  HttpLimits limits = impatient();
  limits.body_rate_min = 500'000'000;
  const Served served(routes(), {}, limits);
  RawClient client(served.port());
  client.send(request("/", "POST", "Content-Length: 900000\r\n"));
  std::thread drip([&] {
    while (client.send("x") == 1 && served.server->counters().timeouts == 0)
      std::this_thread::yield();
  });
  drip.join();
  EXPECT_EQ(client.receive().status, 408);
}

TEST(HttpLimits, an_idle_connection_is_closed_without_a_word) {
  const Served served(routes(), {}, impatient());
  RawClient fresh(served.port()), used(served.port());
  EXPECT_EQ(used.ask(request("/")).status, 200);
  EXPECT_TRUE(fresh.closed());
  EXPECT_TRUE(used.closed());
  EXPECT_EQ(served.server->counters().timeouts, 0u);
}

TEST(HttpLimits, a_client_that_does_not_read_its_answer_is_ended) {
  const auto large = [](const Request&) { return Response{.body = std::string(50'000'000, 'x')}; };
  HttpLimits limits = impatient();
  limits.body_rate_min = 500'000'000;
  const Served served({{.method = Method::get, .pattern = "/", .handle = large}}, {}, limits);
  RawClient client(served.port());
  client.send(request("/"));
  served.until([](const HttpCounters& now) { return now.timeouts == 1 && now.connections == 0; });
}

TEST(HttpLimits, a_body_that_is_too_large_is_refused_and_the_reason_read) {
  const Served served(routes());
  const std::string body(10'000'000, 'x');
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/", body)).status, 413);
  RawClient chunked(served.port());
  chunked.send(request("/", "POST", "Transfer-Encoding: chunked\r\n") + "989680\r\n" + body);
  EXPECT_EQ(chunked.receive().status, 413);
  RawClient many_chunks(served.port());
  many_chunks.send(request("/", "POST", "Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  for (int i = 0; i < 200; ++i) many_chunks.send(chunk);
  EXPECT_EQ(many_chunks.receive().status, 413);
  RawClient waits(served.port());
  waits.send(request("/", "POST", "Content-Length: 10000000\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(waits.receive().status, 413);
  const std::string largest(kBodyMax, 'x');
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/", largest)).body, "1000000");
}

TEST(HttpLimits, bodies_under_way_are_limited_all_together) {
  HttpLimits limits;
  limits.bodies_bytes = kBodyMax;
  const Served served(routes(), {}, limits);
  RawClient first(served.port()), second(served.port());
  const std::string half(600'000, 'x');
  for (RawClient* const client : {&first, &second}) {
    client->send(request("/", "POST", "Content-Length: 600001\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client->receive().status, 100);
  }
  first.send(half);
  second.send(half);
  served.until([](const HttpCounters& now) { return now.answers[5] == 1; });  // one of the two
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/", half)).status, 503);
  const auto one = first.ask("x"), other = second.ask("x");
  const auto& [busy, whole] = one.status == 503 ? std::tie(one, other) : std::tie(other, one);
  EXPECT_EQ(busy.status, 503);
  EXPECT_TRUE(busy.has("Retry-After: 1"));
  EXPECT_EQ(whole.body, "600001");
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/", half)).body, "600000");
}

TEST(HttpLimits, bodies_that_are_announced_and_do_not_come_keep_nobody_out) {
  HttpLimits limits;
  limits.bodies_bytes = kBodyMax;
  const Served served(routes(), {}, limits);
  std::vector<RawClient> silent;
  for (int i = 0; i < 8; ++i) {
    silent.emplace_back(served.port());
    silent.back().send(request("/", "POST", "Content-Length: 999999\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(silent.back().receive().status, 100);
  }
  const std::string largest(kBodyMax, 'x');
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/", largest)).body, "1000000");
}

TEST(HttpLimits, a_body_that_stops_is_ended_whatever_was_announced) {
  HttpLimits limits = impatient();
  limits.body_rate_min = 10;  // by which all of it would have a day
  const Served served(routes(), {}, limits);
  RawClient client(served.port());
  client.send(request("/", "POST", "Content-Length: 900000\r\n") + std::string(100'000, 'x'));
  EXPECT_EQ(client.receive().status, 408);
}

TEST(HttpLimits, headers_and_targets_that_are_too_large_are_refused) {
  const Served served(routes());
  std::string headers;
  for (int i = 0; i < 100'000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(RawClient(served.port()).ask(request("/", "GET", headers)).status, 431);
  std::string keys = "/?";
  for (int i = 0; i < 100'000; ++i) keys += "k" + std::to_string(i) + "=v&";
  EXPECT_EQ(RawClient(served.port()).ask(request(keys)).status, 414);
  EXPECT_EQ(RawClient(served.port()).ask(request(keys.substr(0, keys.find("k1000=") - 1))).status,
            400);
  EXPECT_EQ(RawClient(served.port()).ask(request(keys.substr(0, keys.find("k200=") - 1))).status,
            200);
  const std::string endless(1'000'000, 'x');
  EXPECT_EQ(RawClient(served.port()).ask(endless).status, 414);
  EXPECT_EQ(RawClient(served.port()).ask(request("/", "GET", "X: " + endless)).status, 431);
}

TEST(HttpLimits, clients_that_go_within_a_request_cost_nothing) {
  const Served served(routes());
  for (int i = 0; i < 20; ++i) {
    RawClient within_header(served.port()), within_body(served.port()), unread(served.port());
    within_header.send("GET / HT");
    within_body.send(request("/", "POST", "Content-Length: 1000\r\n") + "123");
    unread.send(request("/"));
    if (i % 2 == 0) within_body.reset();
    unread.reset();
  }
  served.until([](const HttpCounters& now) { return now.connections == 0; });
  EXPECT_EQ(RawClient(served.port()).ask(request("/")).status, 200);
  EXPECT_GE(served.server->counters().aborted, 20u);
}

TEST(HttpLimits, a_client_that_goes_within_a_file_costs_nothing) {
  const auto zeros = [](const Request&) { return Response{.file = "/proc/self/exe"}; };
  const Served served({{.method = Method::get, .pattern = "/", .handle = zeros}});
  RawClient client(served.port());
  client.send(request("/") + request("/") + request("/") + request("/"));
  client.receive(Method::head);
  client.reset();
  served.until([](const HttpCounters& now) { return now.connections == 0; });
  EXPECT_EQ(RawClient(served.port()).ask(request("/"), Method::head).status, 200);
}

TEST(HttpLimits, a_file_has_one_deadline_however_its_pieces_are_read) {
  std::string path = ::testing::TempDir() + "fileXXXXXX";
  const int number = mkstemp(path.data());
  ASSERT_EQ(ftruncate(number, 1 << 28), 0);  // a hole: it takes no room
  close(number);
  HttpLimits limits;
  limits.body_ns = kSecondNs / 100;  // in which each piece is read, but not all of them
  limits.body_rate_min = 1'000'000'000'000;
  const auto file = [&](const Request&) { return Response{.file = path}; };
  const Served served({{.method = Method::get, .pattern = "/", .handle = file}}, {}, limits);
  EXPECT_EQ(RawClient(served.port()).ask(request("/")).body, "");
  EXPECT_EQ(served.server->counters().timeouts, 1u);
  unlink(path.c_str());
}

TEST(HttpLimits, connections_are_limited) {
  HttpLimits limits;
  limits.connections = 3;
  const Served served(routes(), {}, limits);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(served.port());
    EXPECT_EQ(clients.back().ask(request("/")).status, 200);
  }
  EXPECT_EQ(RawClient(served.port()).receive().status, 503);
  clients.pop_back();
  served.until([](const HttpCounters& now) { return now.connections == 2; });
  EXPECT_EQ(RawClient(served.port()).ask(request("/")).status, 200);
  EXPECT_EQ(served.server->counters().connections_refused, 1u);
  EXPECT_THAT(served.log.text(), HasSubstr("all places for connections are taken"));
}

// A handler that waits until the test lets it go.
struct Gate {
  std::counting_semaphore<> entered{0}, open{0};
  Response handle() {
    entered.release();
    open.acquire();
    return {.body = "done"};
  }
};

TEST(HttpLimits, a_slow_handler_holds_up_nobody_else) {
  Gate gate;
  auto with_gate = routes();
  with_gate.push_back({.method = Method::get, .pattern = "/slow", .handle = [&](const Request&) {
                         return gate.handle();
                       }});
  const Served served(std::move(with_gate));
  RawClient slow(served.port()), quick(served.port());
  slow.send(request("/slow"));
  gate.entered.acquire();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(quick.ask(request("/")).status, 200);
  gate.open.release();
  EXPECT_EQ(slow.receive().body, "done");
}

TEST(HttpLimits, stop_answers_what_is_under_way_and_closes_what_is_idle) {
  Gate gate;
  const Served served({{.method = Method::get, .pattern = "/slow", .handle = [&](const Request&) {
                          return gate.handle();
                        }}});
  RawClient idle(served.port()), busy(served.port()), waiting(served.port());
  busy.send(request("/slow"));
  gate.entered.acquire();
  served.until([](const HttpCounters& now) { return now.connections == 3; });
  std::thread stopper([&] { served.server->stop(30 * kSecondNs); });
  EXPECT_TRUE(idle.closed());
  gate.open.release();
  EXPECT_EQ(busy.receive().body, "done");
  EXPECT_TRUE(busy.closed());
  stopper.join();
  EXPECT_EQ(served.server->counters().connections, 0u);
  served.server->stop(0);
}

TEST(HttpLimits, stop_cuts_off_at_its_deadline) {
  const Served served(routes());
  RawClient half(served.port());
  half.send(request("/", "POST", "Content-Length: 10\r\n") + "12345");
  served.until([](const HttpCounters& now) { return now.requests == 1; });
  served.server->stop(kSecondNs / 20);
  EXPECT_EQ(half.receive().status, 0);
}

TEST(HttpLimits, a_server_ends_with_requests_of_all_kinds_under_way) {
  Gate gate;
  gate.open.release(1'000);
  for (int round = 0; round < 20; ++round) {
    auto served = std::make_unique<Served>(std::vector<Route>{
        {.method = Method::get, .pattern = "/slow", .handle = [&](const Request&) {
           return gate.handle();
         }}});
    std::vector<RawClient> clients;
    for (int i = 0; i < 10; ++i) {
      clients.emplace_back(served->port());
      clients.back().send(request("/slow").substr(0, i % 3 == 0 ? 10 : 1'000));
    }
    gate.entered.acquire();
    served.reset();
    while (gate.entered.try_acquire()) {
    }
  }
}

}  // namespace
}  // namespace weir::net
