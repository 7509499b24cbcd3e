// What is sent when the logs are synced, and when they cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "link/hub_test.h"
#include "link/topic.h"
#include "net/mqtt_client.h"
#include "store/sync_test.h"

namespace weir::link {
namespace {

using testing::HasSubstr;
using testing::Not;

class Syncs : public testing::Test {
 protected:
  std::atomic<bool> results_fail_ = false, alerts_wait_ = false;
  std::atomic<int> failures_ = 0, result_syncs_ = 0;
  store::testing::SyncWatch watch_{[this](const std::string& path) {
    if (path.find("/node/alert/") != std::string::npos) alerts_wait_.wait(true);
    if (path.find("/node/result/") == std::string::npos) return 0;
    ++(results_fail_ ? failures_ : result_syncs_);
    return results_fail_ ? EIO : 0;
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

TEST_F(Syncs, wait_for_no_upload) {
  std::uint16_t port = 0;
  const int listener = net::listen_silently(port);
  TestNode node(scratch_, hub_, [&](Uplink::Options& options) {
    options.hub_url = "http://127.0.0.1:" + std::to_string(port);
  });
  EXPECT_TRUE(node.append(Class::alert, picture(1, kInlinePictureBytesMax + 1)));
  pollfd called{.fd = listener, .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&called, 1, 30'000), 1);
  const int before = result_syncs_;
  EXPECT_TRUE(node.append(Class::result));
  EXPECT_TRUE(net::await([&] { return result_syncs_ > before; }));
  EXPECT_THAT(node.log.text(), Not(HasSubstr("cannot send now"))) << "the upload is under way";
  node.close();
  ::close(listener);
}

TEST_F(Syncs, that_fail_are_said_and_tried_again) {
  results_fail_ = true;
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.append(Class::result));
  EXPECT_TRUE(net::await([&] { return !node.uplink->status().last_error.empty(); }));
  EXPECT_THAT(node.uplink->status().last_error, HasSubstr("cannot sync it"));
  results_fail_ = false;
  node.expect_all_arrive();
  EXPECT_THAT(node.log.text(), HasSubstr("cannot send now"));
}

TEST_F(Syncs, that_take_long_drop_marks_beyond_a_limit_and_count_them) {
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.connected());
  base::MemoryLog log;
  auto client = net::MqttClient::start({.host = "127.0.0.1",
                                        .port = hub_.broker.port(),
                                        .client_id = "eager",
                                        .log = log,
                                        .clock = hub_.clock},
                                       {});
  ASSERT_TRUE(client);
  alerts_wait_ = true;
  EXPECT_TRUE(node.append(Class::alert));  // the sender syncs it, and waits
  const std::string mark = write_committed({.log = "l", .of = Class::alert, .first = 0, .end = 1});
  EXPECT_TRUE(net::await([&] {
    (void)(*client)->publish(committed_topic("gate"), mark, net::Qos::at_least_once);
    return node.uplink->status().marks_dropped > 0;
  }));
  alerts_wait_ = false;
  alerts_wait_.notify_all();
  node.expect_all_arrive();
  EXPECT_THAT(node.log.text(), HasSubstr("the hub says too much at once"));
}

TEST_F(Syncs, a_stop_leaves_nothing_that_is_not_synced) {
  TestNode node(scratch_, hub_);
  const int before = result_syncs_;
  EXPECT_TRUE(node.append(Class::result));
  node.uplink->stop(0);
  EXPECT_GT(result_syncs_, before);
}

}  // namespace
}  // namespace weir::link
