// Receiver: whose turn it is when more waits than can be committed.
#include "link/receiver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

#include "link/topic.h"
#include "net/broker_test.h"
#include "net/mqtt_client.h"

namespace weir::link {
namespace {

TEST(Receiver, a_state_is_taken_before_a_backlog_that_fills_the_queue) {
  const net::TestBroker broker;
  const base::SystemClock clock;
  base::MemoryLog log;
  std::promise<void> goes_on;
  const std::shared_future<void> gone_on = goes_on.get_future().share();
  std::atomic<bool> committing = false, told = false;
  std::atomic<std::uint64_t> refused_before = 0;
  std::unique_ptr<Receiver> receiver;
  auto listening = Receiver::start({.mqtt_host = "127.0.0.1",
                                    .mqtt_port = broker.port(),
                                    .known = [](std::string_view node) { return node != "eve"; },
                                    .commit = [&](const Batch&) -> base::Result<> {
                                      committing = true;
                                      gone_on.wait();
                                      return {};
                                    },
                                    .state =
                                        [&](std::string_view, std::string_view) {
                                          refused_before = receiver->status().refused;
                                          told = true;
                                        },
                                    .log = log,
                                    .clock = clock});
  ASSERT_TRUE(listening);
  receiver = std::move(*listening);
  auto client = net::MqttClient::start(
      {.host = "127.0.0.1", .port = broker.port(), .client_id = "all", .log = log, .clock = clock},
      {});
  ASSERT_TRUE(client);
  const auto send = [&](const std::string& topic, const std::string& bytes) {
    return (*client)->publish(topic, bytes, net::Qos::at_least_once).has_value();
  };
  Batch batch{.node = "busy", .log = "l", .of = Class::alert, .first = 0, .end = 1};
  batch.records = {{.id = "a", .time_ns = 1, .body = "{}"}};
  EXPECT_TRUE(net::await([&] { return receiver->status().connected; }));
  EXPECT_TRUE(
      net::await([&] { return send(batch_topic("busy", Class::alert), write_batch(batch)); }));
  EXPECT_TRUE(net::await([&] { return committing.load(); }));
  const std::string no_batch(256 << 10, 'x');  // refused when its turn comes
  EXPECT_TRUE(net::await([&] {
    (void)send(batch_topic("busy", Class::alert), no_batch);
    return receiver->status().dropped > 0;
  }));
  const std::string state = R"({"x":")" + std::string(300 << 10, 'x') + "\"}";
  EXPECT_TRUE(net::await([&] { return send(state_topic("idle"), state); }));
  EXPECT_TRUE(net::await([&] { return send(state_topic("eve"), "{}"); }));
  EXPECT_TRUE(net::await([&] { return receiver->status().refused == 1; })) << "all have come";
  goes_on.set_value();
  EXPECT_TRUE(net::await([&] { return told.load(); }));
  EXPECT_EQ(refused_before, 1u) << "of the backlog nothing was taken before";
}

}  // namespace
}  // namespace weir::link
