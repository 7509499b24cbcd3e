// The hub's routes over real HTTP: what they answer, and what they refuse.
#include "hub/routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/recent_log.h"
#include "data/json.h"
#include "hub/daemon.h"
#include "hub/hub_test.h"
#include "link/blob_routes.h"
#include "link/uplink.h"
#include "net/raw_client_test.h"
#include "store/digest.h"

namespace weir::hub {
namespace {

using net::Answer;
using net::Method;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// The stores of the tests with all routes that need no broker.
class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    std::vector<net::Route> routes;
    const auto add = [&routes](std::vector<net::Route> more) {
      for (net::Route& route : more) routes.push_back(std::move(route));
    };
    add(alert_routes(*stores_.alerts, *stores_.pictures));
    add(result_routes(*stores_.results));
    const auto anyone = [](const net::Request&) { return base::Result<>(); };
    std::vector<net::Route> of_models = link::blob_routes(*models_, anyone);
    std::ranges::reverse(of_models);  // they are found by method and pattern, wherever they are
    add(upload_routes(*stores_.nodes, *stores_.pictures, of_models));
    add(status_routes([] { return Status(); }));
    add(page_routes());
    auto started = net::HttpServer::start({.log = stores_.log, .clock = clock_}, std::move(routes),
                                          {{std::string(kLiveAlertsPattern), &stores_.feed}});
    EXPECT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    client_ = std::make_unique<RestClient>(server_->port());
  }

  // A problem, with this in its detail.
  void expect_refused(int status, std::string_view detail, Method method, std::string_view path,
                      std::string body = {}, std::string_view type = "application/json") {
    const Answer answer = client_->send(method, path, std::move(body), type);
    EXPECT_EQ(answer.status, status) << path << " " << answer.body;
    if (answer.status == 0) return;
    EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json") << path;
    const auto problem = data::parse_json(answer.body);
    ASSERT_TRUE(problem) << answer.body;
    EXPECT_THAT(at(*problem, {"detail"}), HasSubstr(detail)) << path;
  }

  Stores stores_;
  std::unique_ptr<store::Blobs> models_ =
      *store::Blobs::open({.folder = stores_.folder / "models", .log = stores_.log});
  base::SystemClock clock_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<RestClient> client_;
};

TEST_F(RoutesTest, alerts_are_listed_shown_acknowledged_and_commented) {
  ASSERT_TRUE(stores_.commit(link::Class::alert, {alert_record("1"), alert_record("2", "fire")}));
  const data::Value page =
      client_->get("/api/v1/alerts?limit=1&title=fire&since=2020-01-01T00:00:00Z");
  ASSERT_EQ(items(page).size(), 1U);
  EXPECT_EQ(at(items(page)[0], {"title"}), "fire");
  EXPECT_EQ(at(page, {"next"}), "2");
  EXPECT_EQ(items(client_->get("/api/v1/alerts?after=2")).size(), 1U);
  EXPECT_EQ(at(client_->get("/api/v1/alerts/1"), {"comments"}), "[]");

  Answer answer = client_->send(Method::post, "/api/v1/alerts/1/acknowledge", R"({"by":"ann"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("acknowledged":{"time":"2023-11-14T22:13:20.000000000Z",)"
                                     R"("by":"ann"})"));
  EXPECT_EQ(items(client_->get("/api/v1/alerts?acknowledged=false")).size(), 1U);
  answer = client_->send(Method::post, "/api/v1/alerts/1/comments",
                         R"({"by":"ann","text":"<b>false</b> alarm"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("text":"<b>false</b> alarm")"));
}

TEST_F(RoutesTest, pictures_are_shown_as_pictures_alone) {
  const std::string digest = *stores_.pictures->put("<script>alert(1)</script>");
  auto record = alert_record("1");
  record.picture = digest;
  ASSERT_TRUE(stores_.commit(link::Class::alert, {record, alert_record("2")}));
  const Answer answer = client_->send(Method::get, "/api/v1/alerts/1/picture");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<script>alert(1)</script>");
  EXPECT_EQ(answer.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("sandbox"));
  EXPECT_EQ(answer.headers.at("etag"), '"' + digest + '"');
  net::RawClient raw(server_->port());
  const auto again = raw.ask(
      net::request("/api/v1/alerts/1/picture", "GET", "If-None-Match: \"" + digest + "\"\r\n"),
      Method::head);
  EXPECT_EQ(again.status, 304);
  expect_refused(404, "alert 2 has no picture", Method::get, "/api/v1/alerts/2/picture");
}

TEST_F(RoutesTest, what_a_query_may_not_say) {
  for (const char* const path : {"/api/v1/alerts", "/api/v1/results"}) {
    const auto with = [&](std::string_view query) {
      return std::string(path) + "?" + std::string(query);
    };
    expect_refused(400, "has no parameter 'color'", Method::get, with("color=red"));
    expect_refused(400, "expected a whole number", Method::get, with("limit=-1"));
    expect_refused(400, "expected a whole number", Method::get, with("limit=100000"));
    expect_refused(400, "'limit' is 0", Method::get, with("limit=0"));
    expect_refused(400, "expected a whole number", Method::get, with("after=18446744073709551615"));
    expect_refused(400, "expected a time", Method::get, with("since=now"));
    expect_refused(400, "", Method::get, with("limit=1&limit=2"));
    expect_refused(400, "", Method::get, with("node=%ff"));
    expect_refused(400, "", Method::get, with("node=%00"));
  }
  expect_refused(400, "expected result or bulk", Method::get, "/api/v1/results?class=alert");
  expect_refused(400, "true or false", Method::get, "/api/v1/alerts?acknowledged=1");
}

TEST_F(RoutesTest, what_a_body_may_not_be) {
  ASSERT_TRUE(stores_.commit(link::Class::alert, {alert_record("1")}));
  const std::string path = "/api/v1/alerts/1/comments";
  const auto refused = [&](int status, std::string_view detail, std::string body) {
    expect_refused(status, detail, Method::post, path, std::move(body));
  };
  refused(400, "expected {\"by\"", "");
  refused(400, "the body is no JSON", "{");
  refused(400, "the body is a list", "[]");
  refused(400, "the body has a key 'x'", R"({"by":"a","text":"b","x":1})");
  refused(400, "the body has no 'text'", R"({"by":"a"})");
  refused(400, "'by' is int", R"({"by":1,"text":"b"})");
  refused(400, "'text' is empty", R"({"by":"a","text":""})");
  refused(400, "the body is no JSON", "{\"by\":\"\xff\",\"text\":\"b\"}");
  refused(400, "the body is no JSON", R"({"by":"a","by":"b","text":"c"})");
  refused(400, "the body is no JSON", std::string(5'000, '['));
  refused(400, "expected at most 128", R"({"text":"b","by":")" + std::string(129, 'a') + "\"}");
  std::string keys = "{";
  for (int i = 0; i < 1'000; ++i) keys += fmt::format("\"{}\":1,", i);
  refused(400, "the body has a key '0'", keys + R"("by":"a"})");
  for (int i = 1'000; i < 100'000; ++i) keys += fmt::format("\"{}\":1,", i);
  refused(413, "", keys + R"("by":"a"})");
  expect_refused(415, "", Method::post, path, "by=a&text=b", "application/x-www-form-urlencoded");
  expect_refused(415, "expected application/json", Method::post, path, "by: a", "application/yaml");
  EXPECT_TRUE(stores_.alerts->comments(1)->empty());
}

TEST_F(RoutesTest, the_longest_comment_may_be_written_in_escapes) {
  ASSERT_TRUE(stores_.commit(link::Class::alert, {alert_record("1")}));
  std::string text;
  for (int i = 0; i < 4'096; ++i) text += "\\ud83d\\ude00";
  const Answer answer = client_->send(Method::post, "/api/v1/alerts/1/comments",
                                      R"({"by":"a","text":")" + text + "\"}", "application/json");
  EXPECT_EQ(answer.status / 100, 2) << answer.body;
}

// The server says 413 while the body is still on its way.
TEST_F(RoutesTest, ten_megabytes_are_refused_everywhere) {
  for (const char* const path : {"/api/v1/alerts/1/acknowledge", "/api/v1/alerts/1/comments"}) {
    net::RawClient raw(server_->port());
    EXPECT_EQ(raw.ask(net::request(path, "POST",
                                   "Content-Type: application/json\r\nContent-Length: "
                                   "10000000\r\n"))
                  .status,
              413)
        << path;
  }
}

TEST_F(RoutesTest, numbers_of_alerts_are_numbers) {
  for (const char* const number :
       {"0", "-1", "x", "1x", "9223372036854775808", "1.0", "%31%20", "1;DROP TABLE alert"}) {
    const std::string path = "/api/v1/alerts/" + std::string(number);
    if (std::string_view(number).find(' ') != std::string_view::npos) continue;
    EXPECT_EQ(client_->send(Method::get, path).status, 404) << path;
    EXPECT_EQ(client_->send(Method::get, path + "/picture").status, 404) << path;
    EXPECT_EQ(client_->send(Method::post, path + "/acknowledge", R"({"by":"a"})").status, 404);
  }
}

TEST_F(RoutesTest, methods_and_paths_are_those_that_there_are) {
  for (const char* const path :
       {"/api/v1/alerts", "/api/v1/alerts/1", "/api/v1/alerts/1/picture", "/api/v1/results",
        "/healthz", "/metrics", "/api/v1/status", "/", "/page.js"}) {
    for (const Method method : {Method::post, Method::put, Method::patch, Method::del}) {
      EXPECT_EQ(client_->send(method, path, "{}").status, 405) << path;
    }
  }
  for (const char* const path :
       {"/api/v1/alerts/", "/api/v1/alerts/1/", "/api/v1/alerts//picture", "/index.html",
        "/api/v1/alerts/1/picture/..", "/../etc/passwd", "/page/page.js", "/api/v1/alerts%2F1"}) {
    EXPECT_THAT(client_->send(Method::get, path).status, AnyOf(400, 404)) << path;
  }
  net::RawClient raw(server_->port());
  EXPECT_EQ(raw.ask(net::request("/api/v1/alerts/1/picture/../../../status")).status, 400);
}

class Uploads : public RoutesTest {
 protected:
  int upload(std::string_view user, std::string_view token, const std::string& digest,
             std::string body, std::uint64_t more = 0) {
    net::Call call{
        .method = Method::patch,
        .url = fmt::format("http://127.0.0.1:{}/api/v1/blobs/{}", server_->port(), digest)};
    if (!user.empty()) {
      call.headers.emplace_back("Authorization",
                                link::write_basic({std::string(user), std::string(token)}));
    }
    call.headers.emplace_back("Content-Type", "application/octet-stream");
    call.headers.emplace_back("Upload-Offset", "0");
    call.headers.emplace_back("Upload-Length", std::to_string(body.size() + more));
    call.body = std::move(body);
    net::HttpClient client;
    const auto answer = client.send(call);
    EXPECT_TRUE(answer);
    return answer ? answer->status : 0;
  }
};

TEST_F(Uploads, of_nodes_are_pictures_and_of_people_models) {
  const std::string picture = store::sha256("jpeg"), model = store::sha256("onnx");
  EXPECT_EQ(upload("gate", "secret", picture, "jpeg"), 204);
  EXPECT_TRUE(stores_.pictures->has(picture));
  EXPECT_FALSE(models_->has(picture));
  EXPECT_EQ(upload("", "", model, "onnx"), 204);
  EXPECT_TRUE(models_->has(model));
  EXPECT_FALSE(stores_.pictures->has(model));
}

TEST_F(Uploads, of_nodes_are_no_larger_than_a_picture) {
  const std::string digest = store::sha256("jpeg");
  EXPECT_EQ(upload("gate", "secret", digest, "j", link::kPictureBytesMax), 413);
  EXPECT_EQ(stores_.pictures->bytes(), 0U);
  EXPECT_EQ(upload("gate", "secret", digest, "j", link::kPictureBytesMax - 1), 204);
  EXPECT_EQ(upload("", "", digest, "j", link::kPictureBytesMax), 204) << "a model's file";
}

TEST_F(Uploads, need_the_right_token_and_the_right_bytes) {
  const std::string digest = store::sha256("jpeg");
  EXPECT_EQ(upload("gate", "wrong", digest, "jpeg"), 401);
  EXPECT_EQ(upload("stranger", "secret", digest, "jpeg"), 401);
  EXPECT_EQ(upload("gate", "secret", digest, "jpeX"), 422);
  EXPECT_EQ(upload("gate", "secret", "sha256:0", "jpeg"), 400);
  std::string large;
  large.resize(link::kPatchBytesMax + 1);
  EXPECT_EQ(upload("gate", "secret", digest, std::move(large)), 413);
  EXPECT_EQ(stores_.pictures->bytes(), 0U);
}

TEST(Health, is_not_well_while_batches_cannot_be_kept) {
  Status status;
  status.receiver.connected = true;
  const auto routes = status_routes([&] { return status; });
  const auto health = [&] {
    for (const net::Route& route : routes) {
      if (route.pattern == "/healthz") return *route.handle({});
    }
    return net::Response{};
  };
  EXPECT_EQ(health().status, 200);
  status.ingest_trouble = "database or disk is full";
  EXPECT_EQ(health().status, 503);
  EXPECT_THAT(health().body, HasSubstr("what nodes send is not kept: database or disk is full"));
  EXPECT_THAT(status_json(status), HasSubstr(R"("trouble":"what nodes send is not kept)"));
}

}  // namespace
}  // namespace weir::hub
