// The whole link over a real broker, real HTTP and real files: what was appended is at the hub,
// once, with its picture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "link/hub_test.h"
#include "link/topic.h"
#include "net/mqtt_client.h"

namespace weir::link {
namespace {

using base::Code;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Link : public testing::Test {
 protected:
  Scratch scratch_;
  TestHub hub_{scratch_};
};

TEST_F(Link, every_append_arrives_with_its_picture) {
  TestNode node(scratch_, hub_);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(node.append(Class::alert, picture(i, 40'000)));
    EXPECT_TRUE(node.append(Class::result));
    EXPECT_TRUE(node.append(Class::bulk));
  }
  node.expect_all_arrive();
  const UplinkStatus status = node.uplink->status();
  EXPECT_GE(status.pictures_sent, 20u);
  EXPECT_EQ(status.pictures_lost, 0u);
  EXPECT_EQ(node.of(Class::alert).appended, 20u);
  EXPECT_EQ(node.of(Class::alert).committed, 20u);
  EXPECT_EQ(hub_.receiver->status().refused, 0u);
  EXPECT_GE(hub_.receiver->status().committed_records, 60u);
  EXPECT_EQ(*hub_.blobs->get(store::sha256(picture(7, 40'000))), picture(7, 40'000));
}

TEST_F(Link, one_picture_of_many_records_is_kept_until_the_last_has_it) {
  TestNode node(scratch_, hub_);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(node.append(kAllClasses[i % 3], picture(1, 5'000)));
  node.expect_all_arrive();
}

TEST_F(Link, small_pictures_come_with_their_records_and_large_ones_before) {
  TestNode node(scratch_, hub_, [](Uplink::Options& options) {
    options.commit_deadline_ns = 60'000'000'000;  // on a busy machine, too
  });
  EXPECT_TRUE(node.append(Class::alert, picture(1, kInlinePictureBytesMax)));
  node.expect_all_arrive();
  EXPECT_GE(hub_.pictures_inside, 1);
  EXPECT_EQ(hub_.requests, 0);
  EXPECT_TRUE(node.append(Class::alert, picture(2, kInlinePictureBytesMax + 1)));
  node.expect_all_arrive();
  EXPECT_GT(hub_.requests, 0);
  EXPECT_GE(node.uplink->status().pictures_sent, 2u);
}

TEST_F(Link, pictures_of_what_is_not_committed_in_time_go_in_pieces) {
  TestNode node(scratch_, hub_);
  hub_.commits_to_fail = 2;  // two, since a hub that is new to the node has it begin again
  EXPECT_TRUE(node.append(Class::alert, picture(1, 1'000)));
  node.expect_all_arrive();
  EXPECT_GT(hub_.requests, 0);
}

TEST_F(Link, what_waited_for_a_hub_arrives_in_order_and_as_historical) {
  hub_.close();
  TestNode node(scratch_, hub_);
  for (int i = 0; i < 5'000; ++i) EXPECT_TRUE(node.append(Class::result));
  EXPECT_TRUE(node.append(Class::alert, picture(1, 2'000'000)));  // sent in pieces
  node.close();
  node.open();
  hub_.open();
  node.expect_all_arrive();
  const auto kept = hub_.kept();
  for (const auto& [id, received] : kept) EXPECT_EQ(received.age, Age::historical);
  std::vector<std::int64_t> times;
  for (const std::string& id : hub_.order())
    if (kept.at(id).of == Class::result) times.push_back(kept.at(id).record.time_ns);
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST_F(Link, a_hub_that_cannot_commit_for_a_while_gets_all_later) {
  TestNode node(scratch_, hub_);
  hub_.commits_to_fail = 4;
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(node.append(Class::alert, picture(i, 1'000)));
    EXPECT_TRUE(node.append(Class::result));
  }
  node.expect_all_arrive();
  EXPECT_EQ(hub_.receiver->status().failed, 4u);
  EXPECT_GT(node.of(Class::alert).resent_batches + node.of(Class::result).resent_batches, 0u);
}

TEST_F(Link, what_the_hub_got_twice_it_can_tell) {
  TestNode node(scratch_, hub_);
  hub_.commits_to_forget = 5;
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(node.append(Class::alert, picture(i, 1'000)));
  node.expect_all_arrive();
  EXPECT_GT(hub_.handed_on, 30);
}

TEST_F(Link, a_broker_that_is_killed_loses_nothing) {
  TestNode node(scratch_, hub_);
  for (std::uint64_t restarts = 1; restarts <= 2; ++restarts) {
    EXPECT_TRUE(node.connected());
    for (unsigned i = 0; i < 200; ++i) {
      EXPECT_TRUE(node.append(Class::result));
      if (i % 20 == 0) {
        EXPECT_TRUE(node.append(Class::alert, picture(restarts * 1000 + i, 9'000)));
      }
      if (i == 100) hub_.broker.signal(SIGKILL);
    }
    EXPECT_TRUE(net::await([&] { return hub_.broker.back(restarts); }));
  }
  node.expect_all_arrive();
}

TEST_F(Link, a_hub_that_restarts_loses_nothing) {
  TestNode node(scratch_, hub_);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 30; ++i)
      EXPECT_TRUE(node.append(Class::alert, picture(round * 100 + i, 900)));
    hub_.close();
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(node.append(Class::result));
    hub_.open();
  }
  node.expect_all_arrive();
}

TEST_F(Link, answers_of_500_hold_a_picture_up_and_nothing_else) {
  hub_.requests_to_fail = 2;
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.append(Class::alert, picture(1, kInlinePictureBytesMax + 1)));
  EXPECT_TRUE(node.append(Class::result));
  node.expect_all_arrive();
  EXPECT_EQ(hub_.order().front(), "app/result/1");
  EXPECT_THAT(node.log.text(), HasSubstr("the hub answers 500"));
}

TEST_F(Link, an_uplink_closed_at_any_point_goes_on_where_it_was) {
  constexpr int kRounds = 12;
  std::mt19937_64 random(20261122);
  TestNode node(scratch_, hub_);
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t before = hub_.size();
    const std::uint64_t appends = 1 + random() % 20;
    for (std::uint64_t i = 0; i < appends; ++i) {
      const bool with_picture = random() % 3 == 0;
      EXPECT_TRUE(node.append(kAllClasses[random() % 3],
                              with_picture ? picture(random(), 500 + random() % 3'000) : ""));
    }
    const std::size_t arrived = before + random() % appends;
    const bool waits = random() % 2 == 0;
    EXPECT_TRUE(net::await([&] { return !waits || hub_.size() >= arrived; }));
    node.close();
    node.open();
  }
  node.expect_all_arrive();
}

TEST_F(Link, a_stop_lets_what_is_under_way_end_and_refuses_appends) {
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.uplink->report(R"({"cameras":3})"));
  EXPECT_TRUE(net::await([&] { return !hub_.states().empty(); }));
  EXPECT_TRUE(node.append(Class::alert));
  node.uplink->stop(5'000'000'000);
  EXPECT_FALSE(node.append(Class::alert));
  EXPECT_TRUE(net::await([&] { return hub_.states().back() == "gate"; }));
  EXPECT_EQ(hub_.states().front(), R"(gate{"cameras":3})");
  node.close();
  node.open();
  node.expect_all_arrive();
}

TEST_F(Link, the_state_is_told_again_to_a_broker_that_restarted) {
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.uplink->report(R"({"a":1})"));
  EXPECT_TRUE(net::await([&] { return !hub_.states().empty(); }));
  hub_.broker.signal(SIGKILL);
  EXPECT_TRUE(net::await([&] { return hub_.broker.back(1); }));
  const std::size_t before = hub_.states().size();
  EXPECT_TRUE(net::await([&] { return hub_.states().size() > before; }));
  EXPECT_EQ(hub_.states().back(), R"(gate{"a":1})");
  EXPECT_EQ(node.uplink->report("[]").error().code, Code::invalid);
  EXPECT_EQ(node.uplink->report("{").error().code, Code::invalid);
}

TEST_F(Link, a_hub_that_stalls_an_upload_does_not_stall_the_end) {
  std::uint16_t port = 0;
  const int listener = net::listen_silently(port);
  std::string url = "http://127.0.0.1:" + std::to_string(port);
  TestNode node(scratch_, hub_, [&](Uplink::Options& options) { options.hub_url = url; });
  EXPECT_TRUE(node.append(Class::alert, picture(1, kInlinePictureBytesMax + 1)));
  EXPECT_TRUE(node.connected());
  node.uplink->stop(5'000'000'000);
  node.close();
  ::close(listener);
  url = hub_.url();
  node.open();
  node.expect_all_arrive();
}

TEST_F(Link, a_hub_that_stalls_an_upload_stalls_no_alert_and_no_state) {
  std::uint16_t port = 0;
  const int listener = net::listen_silently(port);
  TestNode node(scratch_, hub_, [&](Uplink::Options& options) {
    options.hub_url = "http://127.0.0.1:" + std::to_string(port);
  });
  EXPECT_TRUE(node.append(Class::result, picture(1, kInlinePictureBytesMax + 1)));
  EXPECT_TRUE(node.append(Class::bulk, picture(2, kInlinePictureBytesMax + 1)));
  pollfd called{.fd = listener, .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&called, 1, 30'000), 1);
  EXPECT_TRUE(node.append(Class::alert));
  EXPECT_TRUE(node.uplink->report(R"({"cameras":3})"));
  EXPECT_TRUE(net::await([&] { return node.of(Class::alert).committed == 1; }));
  EXPECT_TRUE(net::await([&] { return !hub_.states().empty(); }));
  EXPECT_THAT(node.log.text(), Not(HasSubstr("cannot send now"))) << "the upload is under way";
  node.close();
  ::close(listener);
}

TEST_F(Link, two_nodes_of_one_name_disturb_each_other_and_lose_nothing) {
  const Scratch other;
  TestNode one(scratch_, hub_), two(other, hub_);
  for (int i = 0; i < 10; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_TRUE(one.uplink->append(Class::alert, {.id = "one" + id, .time_ns = i, .body = "{}"}));
    EXPECT_TRUE(two.uplink->append(Class::alert, {.id = "two" + id, .time_ns = i, .body = "{}"}));
  }
  EXPECT_TRUE(net::await([&] { return one.backlog() == 0 && two.backlog() == 0; }));
  EXPECT_EQ(hub_.size(), 20u);
}

TEST_F(Link, live_alerts_pass_a_backlog) {
  hub_.broker.signal(SIGSTOP);  // so that what is appended waits for the connection
  TestNode node(scratch_, hub_,
                [](Uplink::Options& options) { options.backlog_bytes_per_s = 1'000; });
  std::vector<Record> records;
  for (int i = 0; i < 40'000; ++i)
    records.push_back({.id = "r/" + std::to_string(i * 7919), .time_ns = i, .body = "{}"});
  EXPECT_TRUE(node.uplink->append_all(Class::result, records));
  hub_.broker.signal(SIGCONT);
  EXPECT_TRUE(net::await([&] { return hub_.size() > 0; }));
  EXPECT_TRUE(node.append(Class::alert, picture(1, 20'000)));
  EXPECT_TRUE(net::await([&] { return hub_.kept().contains("app/alert/0"); }));
  EXPECT_GT(node.of(Class::result).backlog, 0u);
}

TEST_F(Link, a_clock_that_jumps_changes_nothing) {
  class JumpingClock final : public base::Clock {
   public:
    std::int64_t wall_ns() const override { return jump_ns; }
    std::int64_t monotonic_ns() const override { return system_.monotonic_ns(); }
    std::atomic<std::int64_t> jump_ns = 0;

   private:
    base::SystemClock system_;
  };
  JumpingClock clock;
  {
    base::MemoryLog log;
    auto uplink = Uplink::open({.folder = scratch_.path("node"),
                                .node = "gate",
                                .token = "secret",
                                .hub_url = hub_.url(),
                                .mqtt_host = "127.0.0.1",
                                .mqtt_port = hub_.broker.port(),
                                .commit_deadline_ns = 300'000'000,
                                .log = log,
                                .clock = clock});
    ASSERT_TRUE(uplink);
    hub_.commits_to_fail = 1;
    for (std::size_t i = 0; i < 40; ++i) {
      clock.jump_ns = (i % 2 == 0 ? -1 : 1) * static_cast<std::int64_t>(i) * 86'400'000'000'000;
      EXPECT_TRUE((*uplink)->append(
          Class::alert, {.id = std::to_string(i), .time_ns = clock.wall_ns(), .body = "{}"}));
    }
    EXPECT_TRUE(net::await([&] { return hub_.size() == 40; }));
  }
  EXPECT_EQ(hub_.kept().at("1").record.time_ns, 86'400'000'000'000);
  EXPECT_EQ(hub_.kept().at("2").record.time_ns, -2 * 86'400'000'000'000);
}

TEST_F(Link, what_is_no_batch_of_its_node_is_refused_and_said) {
  base::MemoryLog log;
  auto client = net::MqttClient::start({.host = "127.0.0.1",
                                        .port = hub_.broker.port(),
                                        .client_id = "gate",
                                        .log = log,
                                        .clock = hub_.clock},
                                       {});
  ASSERT_TRUE(client);
  EXPECT_TRUE(net::await([&] { return (*client)->connected(); }));
  EXPECT_TRUE(net::await([&] { return hub_.receiver->status().connected; }));
  Batch sent{.node = "gate", .log = "l", .of = Class::alert, .first = 0, .end = 1};
  sent.records = {{.id = "a", .time_ns = 1, .body = "{}"}};
  const std::string good = write_batch(sent);
  std::string later = good;
  later[3] = 7;
  Batch others = sent;
  others.node = "mill";
  const auto send = [&](const std::string& topic, const std::string& bytes) {
    const std::uint64_t before = hub_.receiver->status().refused;
    EXPECT_TRUE(net::await([&] {
      (void)(*client)->publish(topic, bytes, net::Qos::at_least_once);
      return net::await([&] { return hub_.receiver->status().refused > before; });
    }));
    return hub_.receiver->status().last_refusal;
  };
  const std::string topic = batch_topic("gate", Class::alert);
  EXPECT_THAT(send(batch_topic("eve", Class::alert), good), HasSubstr("no node 'eve'"));
  EXPECT_THAT(send(topic, write_batch(others)), HasSubstr("of the node 'mill'"));
  EXPECT_THAT(send(batch_topic("gate", Class::bulk), good), HasSubstr("the class alert"));
  EXPECT_THAT(send(topic, later), HasSubstr("version 7"));
  EXPECT_THAT(send(topic, good.substr(0, good.size() - 1)), HasSubstr("unpacked"));
  EXPECT_THAT(send(topic, ""), HasSubstr("no batch"));
  EXPECT_THAT(send("weir/v1/node/gate/up/urgent", good), HasSubstr("the topic"));
  EXPECT_THAT(send(state_topic("gate"), "[1]"), HasSubstr("expected an object"));
  EXPECT_EQ(hub_.size(), 0u);
  EXPECT_THAT(hub_.log.text(), HasSubstr("a message is refused"));
  EXPECT_TRUE((*client)->publish(topic, good, net::Qos::at_least_once));
  EXPECT_TRUE(net::await([&] { return hub_.size() == 1; }));
}

TEST_F(Link, appends_that_cannot_be_kept_are_refused) {
  TestNode node(scratch_, hub_);
  const auto code = [&](const Record& record, const std::string& bytes = "") {
    return node.uplink->append(Class::alert, record, bytes).error().code;
  };
  EXPECT_EQ(code({.id = "", .time_ns = 0, .body = "{}"}), Code::invalid);
  EXPECT_EQ(code({.id = "a", .time_ns = 0, .body = "no JSON"}), Code::invalid);
  EXPECT_EQ(code({.id = "a", .time_ns = 0, .body = "{}"}, std::string(kPictureBytesMax + 1, 'p')),
            Code::limit);
  EXPECT_EQ(node.of(Class::alert).refused, 3u);
  EXPECT_EQ(node.of(Class::alert).appended, 0u);
}

TEST_F(Link, options_that_cannot_be_are_refused) {
  base::MemoryLog log;
  Uplink::Options options{.folder = scratch_.path("node"),
                          .node = "Not A Name",
                          .token = "secret",
                          .hub_url = hub_.url(),
                          .mqtt_host = "127.0.0.1",
                          .log = log,
                          .clock = hub_.clock};
  EXPECT_EQ(Uplink::open(options).error().code, Code::invalid);
  options.node = "gate";
  options.hub_url = "127.0.0.1:80";
  EXPECT_EQ(Uplink::open(options).error().code, Code::invalid);
  options.hub_url = hub_.url();
  options.window = 0;
  EXPECT_EQ(Uplink::open(options).error().code, Code::invalid);
}

}  // namespace
}  // namespace weir::link
