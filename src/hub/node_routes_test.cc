// Routes of nodes, with a broker that does not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <future>
#include <string>

#include "hub/hub_test.h"
#include "hub/routes.h"
#include "hub/stores_test.h"

namespace weir::hub {
namespace {

using ::testing::HasSubstr;

TEST(NodeRoutes, wait_for_a_turn_only_so_long) {
  Stores stores;
  const base::SystemClock clock;
  const auto broker =
      Broker::start({.folder = stores.folder / "broker", .log = stores.log, .clock = clock});
  ASSERT_TRUE(broker) << broker.error().message;
  const auto routes = node_routes(*stores.nodes, **broker);
  const auto post = std::ranges::find(routes, net::Method::post, &net::Route::method);
  ASSERT_NE(post, routes.end());
  const auto add = [&](std::string_view name) {
    net::Request request;
    request.body = R"({"name":")" + std::string(name) + R"("})";
    return post->handle(request);
  };

  const int mosquitto = (*broker)->child()->pid;
  ASSERT_EQ(kill(mosquitto, SIGSTOP), 0);
  auto first = std::async(std::launch::async, add, "first");
  EXPECT_TRUE(await([&] { return stores.nodes->known("first"); })) << "it has its turn";
  const auto second = add("second");
  ASSERT_EQ(kill(mosquitto, SIGCONT), 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::timeout);
  EXPECT_THAT(second.error().message, HasSubstr("nothing was changed"));
  EXPECT_FALSE(stores.nodes->known("second"));
  const auto added = first.get();
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->status, 201);
  EXPECT_TRUE(add("second"));
}

}  // namespace
}  // namespace weir::hub
