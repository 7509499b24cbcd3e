// What is sent when the logs are synced, and when they cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "link/hub_test.h"
#include "store/sync_test.h"

namespace weir::link {
namespace {

class Syncs : public testing::Test {
 protected:
  std::atomic<bool> results_fail_ = false;
  std::atomic<int> failures_ = 0;
  store::testing::SyncWatch watch_{[this](const std::string& path) {
    if (!results_fail_ || path.find("/node/result/") == std::string::npos) return 0;
    ++failures_;
    return EIO;
  }};
  Scratch scratch_;
  TestHub hub_{scratch_};
};

TEST_F(Syncs, results_that_come_between_two_go_in_one_batch) {
  constexpr int kRecords = 100;
  TestNode node(scratch_, hub_, [](Uplink::Options& options) {
    options.commit_deadline_ns = 60'000'000'000;  // on a busy machine, too
  });
  EXPECT_TRUE(node.append(Class::alert));
  node.expect_all_arrive();
  const std::uint64_t before = hub_.receiver->status().batches;
  results_fail_ = true;
  for (int i = 0; i < kRecords; ++i) {
    EXPECT_TRUE(node.append(Class::result));
    if (i == 0) EXPECT_TRUE(net::await([&] { return failures_ > 0; }));
  }
  results_fail_ = false;
  node.expect_all_arrive();
  EXPECT_EQ(hub_.receiver->status().batches, before + 1);
}

TEST_F(Syncs, what_waited_for_the_connection_is_historical_also_when_it_is_synced_later) {
  std::uint16_t port = net::free_port();
  TestNode node(scratch_, hub_, [&](Uplink::Options& options) { options.mqtt_port = port; });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(node.append(Class::result));
  node.close();
  results_fail_ = true;
  port = hub_.broker.port();
  node.open();
  EXPECT_TRUE(node.connected());
  results_fail_ = false;
  node.expect_all_arrive();
  for (const auto& [id, received] : hub_.kept()) EXPECT_EQ(received.age, Age::historical) << id;
}

}  // namespace
}  // namespace weir::link
