// Routes and patterns.
#include "net/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::net {
namespace {

using base::Code;
using testing::ElementsAre;

Route route(Method method, std::string pattern) {
  return {.method = method, .pattern = std::move(pattern), .handle = [](const Request&) {
            return Response{};
          }};
}

std::string found(const Router& router, Method method, std::vector<std::string> segments) {
  const auto match = router.find(method, segments);
  return match.route == nullptr ? "" : match.route->pattern;
}

TEST(Router, literal_segments_go_before_arguments) {
  auto router = Router::make(
      {route(Method::get, "/a/{x}/c"), route(Method::get, "/a/b/{y}"), route(Method::get, "/a/b/c"),
       route(Method::get, "/"), route(Method::del, "/a/{x}/c")},
      {});
  ASSERT_TRUE(router);
  EXPECT_EQ(found(*router, Method::get, {}), "/");
  EXPECT_EQ(found(*router, Method::get, {"a", "b", "c"}), "/a/b/c");
  EXPECT_EQ(found(*router, Method::get, {"a", "b", "d"}), "/a/b/{y}");
  EXPECT_EQ(found(*router, Method::get, {"a", "d", "c"}), "/a/{x}/c");
  EXPECT_EQ(found(*router, Method::get, {"a", "d", "d"}), "");
  EXPECT_EQ(found(*router, Method::get, {"a", "", "c"}), "");
  EXPECT_EQ(found(*router, Method::get, {"a"}), "");
  EXPECT_EQ(found(*router, Method::del, {"a", "b", "c"}), "/a/{x}/c");
}

TEST(Router, arguments_are_handed_on_in_order) {
  auto router = Router::make({route(Method::get, "/{kind}/x/{name}")}, {});
  ASSERT_TRUE(router);
  const std::vector<std::string> path = {"devices", "x", "{name}"};
  EXPECT_THAT(router->find(Method::get, path).arguments, ElementsAre("devices", "{name}"));
}

TEST(Router, other_methods_are_listed) {
  Feed feed;
  auto router = Router::make({route(Method::get, "/a"), route(Method::post, "/{x}"),
                              route(Method::del, "/a"), route(Method::put, "/b")},
                             {{.pattern = "/live", .feed = &feed}});
  ASSERT_TRUE(router);
  const std::vector<std::string> a = {"a"}, live = {"live"}, b = {"b"}, none = {"a", "a"};
  EXPECT_EQ(router->find(Method::put, a).allow, "GET, HEAD, POST, DELETE");
  EXPECT_EQ(router->find(std::nullopt, b).allow, "POST, PUT");
  EXPECT_EQ(router->find(Method::del, live).allow, "GET, HEAD, POST");
  EXPECT_EQ(router->find(Method::get, live).socket->feed, &feed);
  EXPECT_EQ(router->find(Method::get, none).allow, "");
}

TEST(Router, head_is_answered_by_get_unless_it_has_a_route) {
  auto router = Router::make({route(Method::get, "/a"), route(Method::get, "/b"),
                              route(Method::head, "/b"), route(Method::post, "/c")},
                             {});
  ASSERT_TRUE(router);
  const std::vector<std::string> a = {"a"}, b = {"b"}, c = {"c"};
  EXPECT_EQ(router->find(Method::head, a).route->method, Method::get);
  EXPECT_EQ(router->find(Method::head, b).route->method, Method::head);
  EXPECT_EQ(router->find(Method::head, c).route, nullptr);
}

TEST(Router, malformed_and_doubled_patterns_are_refused) {
  for (const auto* pattern : {"", "a", "//", "/a/", "/{}", "/a{b}", "/{a", "/%41", "/a?b"}) {
    const auto router = Router::make({route(Method::get, pattern)}, {});
    ASSERT_FALSE(router) << pattern;
    EXPECT_EQ(router.error().code, Code::invalid);
  }
  const auto twice = Router::make({route(Method::get, "/a/{x}"), route(Method::get, "/a/{y}")}, {});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::conflict);
  Feed feed;
  EXPECT_FALSE(Router::make({route(Method::get, "/a")}, {{.pattern = "/a", .feed = &feed}}));
}

}  // namespace
}  // namespace weir::net
