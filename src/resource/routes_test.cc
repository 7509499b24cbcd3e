// The routes of resources, over real HTTP, and against api/openapi.yaml.
#include "resource/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "data/json.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "resource/keeper_test.h"
#include "resource/openapi_test.h"

namespace weir::resource {
namespace {

using net::Method;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::kApplication;
using testing::Keeper;
using ::testing::Not;
using ::testing::StartsWith;

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    auto started =
        net::HttpServer::start({.log = keeper_.log, .clock = clock_}, routes(keeper_.resources()));
    EXPECT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  net::Answer send(Method method, std::string_view target, std::string body = {},
                   std::string_view type = "application/yaml") {
    net::Call call{
        .method = method,
        .url = "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(target)};
    if (!body.empty()) call.headers.emplace_back("Content-Type", type);
    call.body = std::move(body);
    auto answer = client_.send(call);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *std::move(answer) : net::Answer{};
  }
  int status(Method method, std::string_view target, std::string body = {}) {
    const net::Answer answer = send(method, target, std::move(body));
    if (answer.status >= 400) {
      EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
      if (method != Method::head) {
        const auto problem = data::parse_json(answer.body);
        EXPECT_TRUE(problem && problem->find("title") != nullptr) << answer.body;
      }
    }
    return answer.status;
  }

  Keeper keeper_;
  base::SystemClock clock_;
  std::unique_ptr<net::HttpServer> server_;
  net::HttpClient client_;
};

TEST_F(RoutesTest, AreThoseThatAreDescribed) {
  const std::vector<std::string> all = testing::served(routes(keeper_.resources()));
  EXPECT_EQ(all, testing::described("node", {"resources"}));
  EXPECT_EQ(all, testing::described("hub", {"resources"}));
  EXPECT_EQ(testing::described("node", {"blobs"}).size(), 2U);
}

TEST_F(RoutesTest, ApplyShowAndDelete) {
  net::Answer answer = send(Method::post, "/api/v1/apply?file=app.yaml", std::string(kApplication));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(
      answer.body,
      HasSubstr(R"({"kind":"Device","name":"camera-1","outcome":"created","generation":1})"));
  EXPECT_THAT(send(Method::post, "/api/v1/apply", std::string(kApplication)).body,
              AllOf(Not(HasSubstr("created")), HasSubstr("unchanged")));
  answer = send(Method::get, "/api/v1/devices/camera-1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              StartsWith(R"({"kind":"Device","name":"camera-1","generation":1,)"
                         R"("updated":"2023-11-14T22:13:20.000000000Z","spec":{"kind":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("sealed":["user","password"])"));
  EXPECT_THAT(answer.body, Not(HasSubstr("tr0ub4dor")));
  answer = send(Method::get, "/api/v1/devices");
  EXPECT_THAT(answer.body, AllOf(HasSubstr(R"({"items":[{"kind":"Device")"),
                                 Not(HasSubstr("tr0ub4dor")), Not(HasSubstr("next"))));
  EXPECT_EQ(status(Method::del, "/api/v1/products/camera"), 409);
  EXPECT_EQ(status(Method::del, "/api/v1/devices/camera-1"), 204);
  EXPECT_EQ(status(Method::del, "/api/v1/devices/camera-1"), 404);
  EXPECT_EQ(status(Method::get, "/api/v1/devices/camera-1"), 404);
}

TEST_F(RoutesTest, TellPlacesOfMistakes) {
  const net::Answer answer =
      send(Method::post, "/api/v1/apply?file=my%20app.yaml", "kind: Product\nname: a/b\n");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body,
              HasSubstr(R"("file":"my app.yaml","line":2,"column":7,"detail":"'a/b' )"));
}

TEST_F(RoutesTest, DryRunsKeepNothing) {
  const net::Answer answer =
      send(Method::post, "/api/v1/apply?dry-run=true", std::string(kApplication));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr(R"("dry_run":true,"revision":0)"), Not(HasSubstr("tr0ub4dor"))));
  EXPECT_EQ(status(Method::get, "/api/v1/devices/camera-1"), 404);
}

TEST_F(RoutesTest, PageThroughLists) {
  keeper_.apply(
      "{kind: Product, name: a}\n---\n{kind: Product, name: b}\n---\n"
      "{kind: Product, name: c}\n");
  EXPECT_THAT(send(Method::get, "/api/v1/products?limit=2").body, HasSubstr(R"("next":"b")"));
  EXPECT_THAT(send(Method::get, "/api/v1/products?limit=2&after=b").body,
              AllOf(HasSubstr(R"("name":"c")"), Not(HasSubstr("next"))));
  EXPECT_THAT(send(Method::get, "/api/v1/products?limit=3").body, Not(HasSubstr("next")));
  EXPECT_THAT(send(Method::get, "/api/v1/products?after=zzz").body, HasSubstr("{\"items\":[]}"));
}

TEST_F(RoutesTest, RefuseWhatIsWrong) {
  for (const std::string_view limit : {"0", "-1", "1001", "x", "1x", "", "99999999999999999999"}) {
    EXPECT_EQ(status(Method::get, "/api/v1/products?limit=" + std::string(limit)), 400) << limit;
  }
  EXPECT_EQ(status(Method::post, "/api/v1/apply?dry-run=yes", "a: b"), 400);
  EXPECT_EQ(status(Method::post, "/api/v1/apply?file=a%0Ab", "a: b"), 400);
  EXPECT_EQ(status(Method::post, "/api/v1/apply", ""), 422);
  EXPECT_EQ(status(Method::post, "/api/v1/apply", std::string(10'000'000, 'x')), 413);
  EXPECT_EQ(status(Method::post, "/api/v1/apply", "\xC3\x28"), 422);
  EXPECT_EQ(status(Method::get, "/api/v1/apply"), 405);
  EXPECT_EQ(status(Method::post, "/api/v1/devices", "a: b"), 405);
  EXPECT_EQ(status(Method::put, "/api/v1/devices/a", "a: b"), 405);
  EXPECT_EQ(status(Method::get, "/api/v1/devices/a%2f..%2fb"), 400);
  EXPECT_EQ(status(Method::get, "/api/v1/devices/%00"), 400);
  EXPECT_EQ(status(Method::get, "/api/v1/devices/%C3%BC"), 404);
  EXPECT_EQ(status(Method::get, "/api/v1/things"), 404);
  EXPECT_EQ(send(Method::post, "/api/v1/apply", "a=b", "application/x-www-form-urlencoded").status,
            415);
  EXPECT_EQ(send(Method::post, "/api/v1/apply", "{}", "application/json").status, 415);
  EXPECT_EQ(status(Method::get, "/api/v1/products?afterr=a"), 400);
  EXPECT_EQ(status(Method::post, "/api/v1/apply?dry_run=true", "a: b"), 400);
  EXPECT_EQ(send(Method::head, "/api/v1/devices").status, 200);
}

TEST_F(RoutesTest, UploadsGoOnOnceOldVersionsHaveMadeRoom) {
  for (const std::string weights : {"1", "2", "3"}) {
    keeper_.apply(keeper_.model("detector", {{"model.yaml", "a: b\n"}, {"model.onnx", weights}}));
  }
  std::size_t uploads = 0;
  const auto full = [&](const net::Request&) -> base::Result<net::Response> {
    ++uploads;
    const bool room = keeper_.blobs->bytes() < std::string("a: b\n23").size();
    return net::Response{.status = room ? 204 : 507};
  };
  const net::Route route = with_room({{Method::patch, "/x", full}}, keeper_.resources()).front();
  EXPECT_EQ(route.handle({})->status, 204);
  EXPECT_EQ(uploads, 3U);
  EXPECT_EQ(keeper_.resources().get(Kind::model, "detector")->versions.size(), 1U);
}

TEST_F(RoutesTest, ServeManyAtOnce) {
  constexpr int kThreads = 4, kRounds = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string name = "p" + std::to_string(t) + "-" + std::to_string(i);
        const auto applied =
            keeper_.resources().apply("{kind: Product, name: " + name + "}", "", Apply::keep);
        EXPECT_TRUE(applied && applied->refused.empty());
        EXPECT_NE(keeper_.resources().documents()->product(name), nullptr);
        EXPECT_TRUE(keeper_.resources().get(Kind::product, name));
        EXPECT_FALSE(keeper_.resources().list(Kind::product).empty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(keeper_.resources().list(Kind::product).size(), kThreads * kRounds);
  EXPECT_EQ(keeper_.resources().revision(), kThreads * kRounds);
}

}  // namespace
}  // namespace weir::resource
