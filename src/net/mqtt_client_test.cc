// MqttClient against a real mosquitto: messages, broken connections, limits, stop.
#include "net/mqtt_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/broker_test.h"
#include "net/mqtt_party_test.h"

namespace weir::net {
namespace {

using base::Code;
using testing::HasSubstr;

constexpr std::int64_t kPatienceNs = 30'000'000'000;

TEST(MqttClient, carries_messages_in_order_at_either_quality) {
  TestBroker broker;
  Party sender(broker.port(), "sender"), receiver(broker.port(), "receiver");
  ASSERT_TRUE(receiver.connected() && receiver.listens_to("a/#") && sender.connected());
  const std::string binary("\0\xff\n", 3);
  for (int i = 0; i < 500; ++i) {
    const Qos qos = i % 2 == 0 ? Qos::at_most_once : Qos::at_least_once;
    ASSERT_TRUE(sender.client->publish("a/" + std::to_string(i), binary + std::to_string(i), qos));
  }
  ASSERT_TRUE(receiver.got(500));
  const auto messages = receiver.messages();
  for (std::size_t quality = 0; quality < 2; ++quality) {
    int before = -1;  // order is kept within a quality
    for (const auto& [topic, payload] : messages) {
      const int number = std::stoi(topic.substr(2));
      EXPECT_EQ(payload, binary + std::to_string(number));
      if (static_cast<std::size_t>(number % 2) != quality) continue;
      EXPECT_GT(number, before);
      before = number;
    }
  }
  ASSERT_TRUE(await([&] { return sender.client->status().queued == 0; }));
  const MqttStatus status = sender.client->status();
  EXPECT_EQ(status.published, 500u);
  EXPECT_EQ(status.delivered, 500u);
  EXPECT_EQ(status.queued_bytes, 0u);
  EXPECT_EQ(receiver.client->status().received, 500u);
}

TEST(MqttClient, takes_messages_of_two_megabytes_and_refuses_larger_ones) {
  TestBroker broker;
  Party party(broker.port(), "party");
  ASSERT_TRUE(party.connected() && party.listens_to("big"));
  const std::string big(kMqttMessageBytesMax, 'b');
  ASSERT_TRUE(party.client->publish("big", big, Qos::at_least_once));
  ASSERT_TRUE(party.got(1));
  EXPECT_EQ(party.messages()[0].second, big);
  EXPECT_EQ(party.client->publish("big", big + "b", Qos::at_least_once).error().code, Code::limit);
  EXPECT_EQ(party.client->status().refused, 1u);
}

TEST(MqttClient, says_which_topics_and_filters_cannot_be) {
  TestBroker broker;
  Party party(broker.port(), "party");
  ASSERT_TRUE(party.connected());
  for (const std::string_view topic :
       {std::string_view("a/#"), std::string_view("+"), std::string_view(""),
        std::string_view("a\0b", 3), std::string_view("\xff")}) {
    EXPECT_EQ(party.client->publish(topic, "", Qos::at_most_once).error().code, Code::invalid);
  }
  EXPECT_EQ(party.client->publish(std::string(kMqttTopicBytesMax + 1, 'a'), "", Qos::at_most_once)
                .error()
                .code,
            Code::invalid);
  EXPECT_EQ(party.client->status().refused, 6u);
  for (const std::string_view filter : {"a/#/b", "", "a+"}) {
    EXPECT_EQ(party.client->subscribe(filter).error().code, Code::invalid) << filter;
  }
  for (std::size_t i = 0; i < kMqttSubscriptionsMax; ++i) {
    EXPECT_TRUE(party.client->subscribe("f/" + std::to_string(i)));
  }
  EXPECT_TRUE(party.client->subscribe("f/0"));
  EXPECT_EQ(party.client->subscribe("g").error().code, Code::limit);
}

TEST(MqttClient, refuses_options_that_cannot_work) {
  base::MemoryLog log;
  base::SystemClock clock;
  const auto start = [&](const auto& settings) {
    MqttClient::Options options{.host = "127.0.0.1", .client_id = "c", .log = log, .clock = clock};
    settings(options);
    const auto client = MqttClient::start(options, {});
    return client ? Code::bug : client.error().code;
  };
  EXPECT_EQ(start([](auto& options) { options.host = ""; }), Code::invalid);
  EXPECT_EQ(start([](auto& options) { options.port = 0; }), Code::invalid);
  EXPECT_EQ(start([](auto& options) { options.client_id = ""; }), Code::invalid);
  EXPECT_EQ(start([](auto& options) { options.client_id = "\xff"; }), Code::invalid);
  EXPECT_EQ(start([](auto& options) { options.keep_alive_s = 4; }), Code::invalid);
  EXPECT_EQ(start([](auto& options) { options.will = MqttWill{.topic = "a/#", .payload = ""}; }),
            Code::invalid);
}

TEST(MqttClient, comes_back_after_the_broker_was_killed_and_listens_again) {
  TestBroker broker;
  Party sender(broker.port(), "sender"), receiver(broker.port(), "receiver");
  ASSERT_TRUE(receiver.connected() && receiver.listens_to("a") && sender.connected());
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const int subscribed = receiver.subscribed;
    broker.signal(SIGKILL);
    ASSERT_TRUE(await([&] { return broker.back(round); }));
    ASSERT_TRUE(await([&] { return receiver.subscribed > subscribed; }));
    ASSERT_TRUE(
        await([&] { return sender.client->publish("a", "x", Qos::at_least_once).has_value(); }));
    ASSERT_TRUE(receiver.got(round));
  }
  EXPECT_EQ(receiver.first_end().code, Code::network);
  EXPECT_EQ(receiver.client->status().connects, 4u);
}

TEST(MqttClient, delivers_what_is_to_arrive_at_least_once_over_a_killed_broker) {
  TestBroker broker;
  Party sender(broker.port(), "sender");
  ASSERT_TRUE(sender.connected());
  broker.signal(SIGSTOP);
  const std::string payload(10'000, 'x');
  for (int i = 0; i < 400; ++i) {
    const Qos qos = i % 2 == 0 ? Qos::at_most_once : Qos::at_least_once;
    ASSERT_TRUE(sender.client->publish("a", payload, qos));
  }
  broker.signal(SIGKILL);
  ASSERT_TRUE(await([&] { return sender.client->status().queued == 0; }));
  const MqttStatus status = sender.client->status();
  EXPECT_EQ(status.delivered + status.lost, 400u);
  EXPECT_GE(status.delivered, 200u);
  EXPECT_EQ(status.denied, 0u);
  EXPECT_EQ(status.queued_bytes, 0u);
}

TEST(MqttClient, refuses_what_its_queue_cannot_hold_until_it_has_drained) {
  TestBroker broker;
  Party sender(broker.port(), "sender", [](auto& options) { options.queue_messages_max = 100; });
  ASSERT_TRUE(sender.connected());
  broker.signal(SIGSTOP);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(sender.client->publish("a", "x", Qos::at_least_once));
  }
  const auto refused = sender.client->publish("a", "x", Qos::at_least_once);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::limit);
  EXPECT_EQ(sender.client->status().refused, 1u);
  EXPECT_EQ(sender.client->status().queued, 100u);
  broker.signal(SIGCONT);
  ASSERT_TRUE(await([&] { return sender.client->status().queued == 0; }));
  EXPECT_EQ(sender.client->status().delivered, 100u);
  EXPECT_TRUE(sender.client->publish("a", "x", Qos::at_least_once));
}

TEST(MqttClient, refuses_bytes_its_queue_cannot_hold) {
  TestBroker broker;
  Party sender(broker.port(), "sender", [](auto& options) { options.queue_bytes_max = 1'000; });
  ASSERT_TRUE(sender.connected());
  EXPECT_EQ(sender.client->publish("a", std::string(1'000, 'x'), Qos::at_most_once).error().code,
            Code::limit);
  EXPECT_TRUE(sender.client->publish("a", std::string(999, 'x'), Qos::at_most_once));
}

TEST(MqttClient, counts_what_is_too_large_for_the_broker) {
  TestBroker broker("allow_anonymous true\nmax_packet_size 10000\n");
  Party sender(broker.port(), "sender");
  ASSERT_TRUE(sender.connected());
  ASSERT_TRUE(sender.client->publish("a", std::string(20'000, 'x'), Qos::at_least_once));
  ASSERT_TRUE(await([&] { return sender.client->status().denied == 1; }));
  EXPECT_TRUE(sender.client->connected());
  EXPECT_EQ(sender.client->status().queued, 0u);
  EXPECT_THAT(sender.log.text(), HasSubstr("message not sent topic=a"));
}

TEST(MqttClient, loses_its_connection_to_another_of_its_id_and_its_will_is_published) {
  TestBroker broker;
  Party heir(broker.port(), "heir");
  ASSERT_TRUE(heir.connected() && heir.listens_to("wills/#"));
  base::ManualClock clock;  // it does not come back in this test
  Party first(
      broker.port(), "twin",
      [](auto& options) { options.will = MqttWill{.topic = "wills/twin", .payload = "gone"}; },
      &clock);
  ASSERT_TRUE(first.connected());
  Party second(broker.port(), "twin");
  EXPECT_EQ(first.first_end().code, Code::network);  // mosquitto 2.0.11 does not say why
  ASSERT_TRUE(heir.got(1));
  EXPECT_EQ(heir.messages()[0], std::pair(std::string("wills/twin"), std::string("gone")));
}

TEST(MqttClient, delivers_its_queue_and_says_farewell_when_stopped) {
  TestBroker broker;
  Party receiver(broker.port(), "receiver");
  ASSERT_TRUE(receiver.connected() && receiver.listens_to("#"));
  Party sender(broker.port(), "sender",
               [](auto& options) { options.will = MqttWill{.topic = "will", .payload = "gone"}; });
  ASSERT_TRUE(sender.connected());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(sender.client->publish("a", std::to_string(i), Qos::at_least_once));
  }
  sender.client->stop(kPatienceNs);
  EXPECT_EQ(sender.client->status().delivered, 300u);
  EXPECT_FALSE(sender.client->connected());
  EXPECT_EQ(sender.client->publish("a", "", Qos::at_least_once).error().code, Code::ended);
  EXPECT_EQ(sender.client->subscribe("a").error().code, Code::ended);
  // What the broker gets after the farewell comes after the will, if there is one.
  ASSERT_TRUE(receiver.client->publish("last", "", Qos::at_least_once));
  ASSERT_TRUE(receiver.got(301));
  EXPECT_EQ(receiver.messages().back().first, "last");
  EXPECT_EQ(receiver.messages().size(), 301u);
}

TEST(MqttClient, keeps_what_is_retained_for_later_listeners) {
  TestBroker broker;
  Party party(broker.port(), "party");
  ASSERT_TRUE(party.connected());
  ASSERT_TRUE(party.client->publish("state", "1", Qos::at_least_once, Retain::yes));
  ASSERT_TRUE(party.listens_to("state"));
  EXPECT_TRUE(party.got(1));
}

TEST(MqttClient, publishes_from_many_threads_and_from_its_handlers) {
  TestBroker broker;
  Party sink(broker.port(), "sink");
  ASSERT_TRUE(sink.connected() && sink.listens_to("echo"));
  std::atomic<MqttClient*> self = nullptr;
  base::MemoryLog log;
  base::SystemClock clock;
  std::atomic<bool> subscribed = false;
  auto echo = MqttClient::start(
      {.host = "127.0.0.1", .port = broker.port(), .client_id = "echo", .log = log, .clock = clock},
      {.subscribed = [&](std::string_view) { subscribed = true; },
       .message =
           [&](std::string_view, std::string_view payload) {
             EXPECT_TRUE(self.load()->publish("echo", payload, Qos::at_least_once));
           }});
  ASSERT_TRUE(echo);
  self = echo->get();
  ASSERT_TRUE((*echo)->subscribe("in"));
  ASSERT_TRUE(await([&] { return subscribed.load(); }));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k)
        EXPECT_TRUE(sink.client->publish("in", "x", Qos::at_least_once));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(sink.got(400));
}

}  // namespace
}  // namespace weir::net
