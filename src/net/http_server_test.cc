// HttpServer: what it answers over a real connection.
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "net/raw_client_test.h"

namespace weir::net {
namespace {

using base::Code;
using testing::HasSubstr;

// Says back what it got.
Response echo(const Request& request) {
  std::string text(name(request.method));
  text += " " + request.path;
  for (const std::string& argument : request.arguments) text += " {" + argument + "}";
  for (const auto& [key, value] : request.query) text += " " + key + "=" + value;
  if (const auto extra = request.header("x-extra")) text += " extra:" + std::string(*extra);
  if (!request.body.empty()) text += " body:" + request.body;
  return {.type = "text/plain", .body = std::move(text)};
}

std::vector<Route> echo_routes() {
  std::vector<Route> routes;
  routes.push_back({.method = Method::get, .pattern = "/", .handle = echo});
  routes.push_back({.method = Method::get, .pattern = "/a/{x}", .handle = echo});
  for (const Method method : {Method::post, Method::put, Method::patch, Method::del})
    routes.push_back({.method = method, .pattern = "/a/{x}", .handle = echo});
  return routes;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    close(mkstemp(path_.data()));
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "weir-http-XXXXXX";
};

TEST(HttpServer, hands_requests_to_their_route) {
  const Served served(echo_routes());
  RawClient client(served.port());
  const auto root = client.ask(request("/"));
  EXPECT_EQ(root.status, 200);
  EXPECT_EQ(root.body, "GET /");
  EXPECT_TRUE(root.has("Content-Type: text/plain"));
  EXPECT_TRUE(root.has("Content-Length: 5"));
  EXPECT_TRUE(root.has("X-Content-Type-Options: nosniff"));
  EXPECT_EQ(client.ask(request("/a/south%20gate?b=c", "GET", "X-Extra: 1\r\nx-eXtra: 2\r\n")).body,
            "GET /a/south gate {south gate} b=c extra:1, 2");
  for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(client.ask(request_with_body("/a/b", "xyz", "", method)).body,
              std::string(method) + " /a/b {b} body:xyz");
  }
  EXPECT_EQ(client.ask(request("http://127.0.0.1/a/b", "GET")).body, "GET /a/b {b}");
}

TEST(HttpServer, head_is_get_without_the_body) {
  const Served served(echo_routes());
  RawClient client(served.port());
  const auto head = client.ask(request("/a/b", "HEAD"), Method::head);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 13"));
  EXPECT_EQ(client.ask(request("/")).body, "GET /");
}

TEST(HttpServer, other_paths_and_methods_are_problems) {
  const Served served(echo_routes());
  RawClient client(served.port());
  for (const auto* path : {"/b", "/a", "/a/", "/a//b", "/a/b/c", "//"}) {
    const auto reply = client.ask(request(path));
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_TRUE(reply.has("Content-Type: application/problem+json"));
  }
  for (const auto* method : {"OPTIONS", "TRACE", "PROPFIND", "get", "X"}) {
    const auto reply = client.ask(request("/a/b", method));
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_TRUE(reply.has("Allow: GET, HEAD, POST, PUT, PATCH, DELETE"));
  }
  const auto reply = client.ask(request("/", "DELETE"));
  EXPECT_EQ(reply.status, 405);
  EXPECT_TRUE(reply.has("Allow: GET, HEAD"));
  EXPECT_THAT(reply.body, HasSubstr("\"status\":405"));
  EXPECT_EQ(served.server->counters().answers[4], 12u);
}

TEST(HttpServer, path_tricks_never_reach_a_handler) {
  const Served served(echo_routes());
  RawClient client(served.port());
  for (const auto* target :
       {"/a/../b", "/a/%2e%2e", "/a/b%2fc", "/a/b%00", "/a/%ff", "/a/%c0%ae", "/a\\b", "/a/%5cb",
        "/a/%", "/?a=1&a=2", "*", "a", "localhost:80", "/a#b"}) {
    EXPECT_EQ(client.ask(request(target)).status, 400) << target;
  }
  EXPECT_EQ(client.ask(request("/")).status, 200);
}

TEST(HttpServer, connections_are_kept_and_pipelined_requests_answered_in_order) {
  const Served served(echo_routes());
  RawClient client(served.port());
  std::string all;
  for (int i = 0; i < 100; ++i)
    all += i % 2 == 0 ? request("/a/" + std::to_string(i))
                      : request_with_body("/a/" + std::to_string(i), std::string(i * 100, 'x'));
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, HasSubstr("/a/" + std::to_string(i) + " "));
  }
  EXPECT_EQ(served.server->counters().accepted, 1u);
  client.send(request("/", "GET", "Connection: close\r\n"));
  EXPECT_TRUE(client.receive().has("Connection: close"));
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, http_1_0_is_answered_and_closed) {
  const Served served(echo_routes());
  RawClient client(served.port());
  EXPECT_EQ(client.ask("GET / HTTP/1.0\r\n\r\n").body, "GET /");
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, a_body_may_come_in_chunks_and_be_waited_for) {
  const Served served(echo_routes());
  RawClient client(served.port());
  const std::string chunked =
      request("/a/b", "POST", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n2;x=y\r\nde\r\n";
  client.send(chunked);
  EXPECT_EQ(client.ask("0\r\nTrailer: x\r\n\r\n").body, "POST /a/b {b} body:abcde");
  client.send(request("/a/b", "PUT", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.ask("abc").body, "PUT /a/b {b} body:abc");
  EXPECT_EQ(client.ask(request("/a/b", "PUT", "Content-Length: 3\r\nExpect: something\r\n")).status,
            417);
}

TEST(HttpServer, smuggled_and_malformed_requests_are_refused) {
  const std::vector<std::string> malformed = {
      request("/a/b", "POST", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
      request("/a/b", "POST", "Content-Length: 3\r\nContent-Length: 4\r\n"),
      request("/a/b", "POST", "Content-Length: -1\r\n"),
      request("/a/b", "POST", "Content-Length: 99999999999999999999\r\n"),
      request("/a/b", "POST", "Content-Length: 3x\r\n"),
      request("/a/b", "POST", "Transfer-Encoding: chunked\r\n") + "zz\r\n",
      request("/", "GET", "Host: localhost\r\n"),
      request("/", "GET", "X : y\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
      "GET /\r\n\r\n",
      "\x16\x03\x01\x02\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /\t HTTP/1.1\r\nHost: localhost\r\n\r\n",
  };
  const Served served(echo_routes());
  for (const std::string& text : malformed) {
    RawClient client(served.port());
    EXPECT_EQ(client.ask(text).status, 400) << text;
  }
  for (const auto* encoding :
       {"gzip", "gzip, chunked", "identity", "", "xchunked", "chunked, identity"}) {
    RawClient other(served.port());
    const std::string header = "Transfer-Encoding: " + std::string(encoding) + "\r\n";
    EXPECT_EQ(other.ask(request("/a/b", "POST", header) + request("/")).status, 501) << encoding;
    EXPECT_TRUE(other.closed()) << "the body of " << encoding << " was taken for a request";
  }
}

TEST(HttpServer, foreign_hosts_and_origins_are_refused) {
  const Served served(echo_routes());
  RawClient client(served.port());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421);
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: localhost.evil.example:80\r\n\r\n").status, 421);
  EXPECT_EQ(client.ask(request("http://evil.example/")).status, 421);
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").status, 200);
  const std::string foreign = "Origin: http://evil.example\r\n";
  EXPECT_EQ(client.ask(request("/", "GET", foreign)).status, 200);
  EXPECT_EQ(client.ask(request("/a/b", "DELETE", foreign)).status, 403);
  EXPECT_EQ(client.ask(request("/a/b", "DELETE", "Origin: null\r\n")).status, 403);
  EXPECT_EQ(client.ask(request("/a/b", "DELETE", "Origin: http://localhost\r\n")).status, 200);
  EXPECT_EQ(RawClient(served.port()).ask(request_with_body("/a/b", "x", foreign)).status, 403);
}

TEST(HttpServer, what_forms_send_is_refused) {
  const Served served(echo_routes());
  for (const auto* header :
       {"Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: text/plain\r\n",
        "Content-Type: Multipart/Form-Data; boundary=x\r\n", "Content-Encoding: gzip\r\n"}) {
    RawClient client(served.port());
    EXPECT_EQ(client.ask(request_with_body("/a/b", "x", header)).status, 415) << header;
    EXPECT_TRUE(client.closed());
  }
  RawClient client(served.port());
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(client.ask(request_with_body("/a/b", "{}", json)).status, 200);
}

TEST(HttpServer, a_route_says_what_it_takes) {
  const Served served(
      {{.method = Method::post, .pattern = "/", .handle = echo, .takes = "application/json"}});
  RawClient client(served.port());
  for (const auto* header : {"Content-Type: application/json\r\n",
                             "Content-Type: Application/JSON ; charset=utf-8\r\n", ""}) {
    EXPECT_EQ(client.ask(request_with_body("/", "{}", header)).status, 200) << header;
  }
  for (const auto* header : {"Content-Type: application/yaml\r\n", "Content-Type: json\r\n",
                             "Content-Type: application/json, text/html\r\n"}) {
    const auto reply = RawClient(served.port()).ask(request_with_body("/", "{}", header));
    EXPECT_EQ(reply.status, 415) << header;
    EXPECT_TRUE(reply.has("Accept: application/json"));
  }
}

TEST(HttpServer, files_are_streamed) {
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 256);
  const TemporaryFile file(content);
  const auto answer = [&](const Request& request) {
    return Response{.type = "image/jpeg", .file = request.query.at("path")};
  };
  const Served served({{.method = Method::get, .pattern = "/file", .handle = answer}});
  RawClient client(served.port());
  const std::string target = "/file?path=";
  const auto whole = client.ask(request(target + file.path()));
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.has("Content-Type: image/jpeg"));
  EXPECT_TRUE(whole.body == content);
  const auto head = client.ask(request(target + file.path(), "HEAD"), Method::head);
  EXPECT_TRUE(head.has("Content-Length: 3000000"));
  const TemporaryFile empty("");
  const auto nothing = client.ask(request(target + empty.path()));
  EXPECT_EQ(nothing.status, 200);
  EXPECT_TRUE(nothing.has("Content-Length: 0"));
  EXPECT_EQ(client.ask(request(target + "/gone")).status, 404);
  EXPECT_EQ(client.ask(request(target + "/gone", "HEAD"), Method::head).status, 404);
  EXPECT_EQ(client.ask(request(target + "/dev")).status, 500);
  EXPECT_EQ(client.ask(request(target + "/dev/zero")).status, 500);
  EXPECT_THAT(served.log.text(), HasSubstr("not a regular file"));
}

TEST(HttpServer, a_handlers_headers_cannot_split_the_answer) {
  const auto answer = [](const Request& request) {
    Response response{.status = 201, .body = "{}"};
    response.headers.emplace_back("Location", request.query.at("to"));
    if (request.query.contains("crlf")) response.headers.emplace_back("X-A", "a\r\nX-B: b");
    return response;
  };
  const Served served({{.method = Method::get, .pattern = "/", .handle = answer}});
  RawClient client(served.port());
  EXPECT_TRUE(client.ask(request("/?to=/x")).has("Location: /x"));
  const auto split = client.ask(request("/?to=/x&crlf"));
  EXPECT_EQ(split.status, 500);
  EXPECT_THAT(split.head, testing::Not(HasSubstr("X-B")));
}

TEST(HttpServer, answers_without_a_body) {
  const auto answer = [](const Request&) { return Response{.status = 204}; };
  const auto size = [](const Request&) { return Response{.headers = {{"Upload-Offset", "7"}}}; };
  const Served served({{.method = Method::del, .pattern = "/", .handle = answer},
                       {.method = Method::head, .pattern = "/", .handle = size}});
  RawClient client(served.port());
  const auto reply = client.ask(request("/", "DELETE"));
  EXPECT_EQ(reply.status, 204);
  EXPECT_THAT(reply.head, testing::Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(client.ask(request("/", "HEAD"), Method::head).has("Upload-Offset: 7"));
}

TEST(HttpServer, what_it_cannot_listen_on_is_said) {
  const Served served(echo_routes());
  base::MemoryLog log;
  const base::SystemClock clock;
  const auto code = [&](const std::string& address, std::uint16_t port,
                        std::vector<Route> routes = {}) {
    const auto started = HttpServer::start(
        {.log = log, .clock = clock, .address = address, .port = port}, std::move(routes));
    return started ? Code::bug : started.error().code;
  };
  EXPECT_EQ(code("127.0.0.1", served.port()), Code::conflict);
  EXPECT_EQ(code("0.0.0.0", 0), Code::refused);
  EXPECT_EQ(code("192.0.2.1", 0), Code::refused);
  EXPECT_EQ(code("localhost", 0), Code::refused);
  EXPECT_EQ(code("127.0.0.1", 0, {{.method = Method::get, .pattern = "x", .handle = echo}}),
            Code::invalid);
  const auto anywhere = HttpServer::start(
      {.log = log, .clock = clock, .address = "0.0.0.0", .reach = HttpServer::Reach::anywhere},
      echo_routes());
  ASSERT_TRUE(anywhere) << anywhere.error().message;
  EXPECT_EQ(RawClient((*anywhere)->port()).ask(request("/")).status, 200);
}

}  // namespace
}  // namespace weir::net
