// Broker: what its nodes may do, what a kill costs, nodes that come and go while it runs.
#include "hub/broker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hub/hub_test.h"
#include "net/mqtt_client.h"

namespace weir::hub {
namespace {

using base::Code;
using net::MqttClient;
using net::Qos;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A client, and what it hears.
class Party {
 public:
  Party(const BrokerAddress& at, const std::string& user, const std::string& password)
      : Party(at, user, password, user + "_test") {}
  Party(const BrokerAddress& at, const std::string& user, const std::string& password,
        const std::string& client_id) {
    auto started =
        MqttClient::start({.host = at.host,
                           .port = at.port,
                           .client_id = client_id,
                           .user = user,
                           .password = password,
                           .backoff = {.delay_ns_min = 1'000'000, .delay_ns_max = 1'000'000},
                           .log = log_,
                           .clock = clock_},
                          {.disconnected =
                               [this](const base::Error& error) {
                                 const std::lock_guard lock(mutex_);
                                 end_ = error.code;
                               },
                           .subscribed = [this](std::string_view) { ++subscribed_; },
                           .message =
                               [this](std::string_view topic, std::string_view payload) {
                                 const std::lock_guard lock(mutex_);
                                 heard_.push_back(std::string(topic) + "=" + std::string(payload));
                               }});
    EXPECT_TRUE(started);
    client = std::move(*started);
  }

  bool connected() {
    return await([this] { return client->connected(); });
  }
  bool listens_to(const std::string& filter) {
    const int before = subscribed_;
    EXPECT_TRUE(client->subscribe(filter));
    return await([&] { return subscribed_ > before; });
  }
  // After the broker has answered it.
  void say(const std::string& topic, const std::string& payload) {
    EXPECT_TRUE(client->publish(topic, payload, Qos::at_least_once)) << topic;
    EXPECT_TRUE(await([this] { return client->status().queued == 0; })) << topic;
  }
  Code ended() {
    EXPECT_TRUE(await([this] { return end() != Code::bug; }));
    return end();
  }
  Code end() {
    const std::lock_guard lock(mutex_);
    return end_;
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  int subscriptions() const { return subscribed_; }

 private:
  base::MemoryLog log_;
  base::SystemClock clock_;
  std::mutex mutex_;
  Code end_ = Code::bug;
  std::vector<std::string> heard_;
  std::atomic<int> subscribed_ = 0;

 public:
  std::unique_ptr<MqttClient> client;  // last: it ends before what its handlers use
};

class BrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "weir-broker-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  void TearDown() override { EXPECT_EQ(std::system(("rm -rf '" + folder + "'").c_str()), 0); }

  Broker::Options options(std::vector<BrokerNode> nodes = {}) {
    return {.folder = folder + "/broker", .nodes = std::move(nodes), .log = log, .clock = clock};
  }
  std::unique_ptr<Broker> start(std::vector<BrokerNode> nodes) {
    auto broker = Broker::start(options(std::move(nodes)));
    EXPECT_TRUE(broker) << broker.error().message;
    return broker ? std::move(*broker) : nullptr;
  }
  static std::unique_ptr<Party> hub_of(const Broker& broker) {
    auto hub =
        std::make_unique<Party>(broker.address(), broker.address().user, broker.address().password);
    EXPECT_TRUE(hub->connected() && hub->listens_to("weir/v1/node/+/up/#"));
    return hub;
  }
  std::string text_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder + "/broker/" + name).rdbuf();
    return text.str();
  }

 public:
  std::string folder;
  base::MemoryLog log;
  base::SystemClock clock;
};

const BrokerNode kEast{.name = "east", .token = "east-token"};
const BrokerNode kWest{.name = "west", .token = "west-token"};

TEST_F(BrokerTest, lets_nodes_up_and_the_hub_down_and_nothing_else) {
  const auto broker = start({kEast, kWest});
  ASSERT_NE(broker, nullptr);
  const auto hub = hub_of(*broker);
  Party east(broker->address(), "east", "east-token");
  Party west(broker->address(), "west", "west-token");
  ASSERT_TRUE(east.connected() && west.connected());
  ASSERT_TRUE(east.listens_to("#") && west.listens_to("#"));
  east.say("weir/v1/node/east/up/alert", "1");
  east.say("weir/v1/node/west/up/alert", "2");
  east.say("weir/v1/node/west/down/committed", "3");
  east.say("weir/v1/node/east/down/committed", "4");
  east.say("weir/v1/node/weir_hub/up/alert", "5");
  east.say("elsewhere", "6");
  EXPECT_EQ(east.client->status().delivered, 1u);
  EXPECT_EQ(east.client->status().denied, 5u);
  hub->say("weir/v1/node/east/down/committed", "7");
  hub->say("weir/v1/node/west/down/committed", "8");
  hub->say("weir/v1/node/east/up/alert", "9");
  west.say("weir/v1/node/west/up/state", "10");
  ASSERT_TRUE(await([&] { return hub->heard().size() >= 2 && !west.heard().empty(); }));
  EXPECT_THAT(hub->heard(),
              ElementsAre("weir/v1/node/east/up/alert=1", "weir/v1/node/west/up/state=10"));
  EXPECT_THAT(west.heard(), ElementsAre("weir/v1/node/west/down/committed=8"));
  EXPECT_THAT(east.heard(), ElementsAre("weir/v1/node/east/down/committed=7"));
}

TEST_F(BrokerTest, refuses_wrong_tokens_and_strangers) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  const std::pair<std::string, std::string> wrong[] = {{"east", "west-token"},
                                                       {"east", ""},
                                                       {"west", "west-token"},
                                                       {"", ""},
                                                       {broker->address().user, "east-token"},
                                                       {"weir_probe", ""}};
  for (const auto& [user, password] : wrong) {
    Party party(broker->address(), user, password);
    EXPECT_EQ(party.ended(), Code::refused) << user;
    EXPECT_EQ(party.client->status().connects, 0u) << user;
  }
}

// MQTT 5, 3.1.4-3: a second client of an id ends the first.
TEST_F(BrokerTest, lets_nobody_cut_off_another_by_its_client_id) {
  const auto broker = start({kEast, kWest});
  ASSERT_NE(broker, nullptr);
  const auto hub = hub_of(*broker);
  Party west(broker->address(), "west", "west-token");
  ASSERT_TRUE(west.connected());
  for (const std::string id : {"weir_hub", "weir_hub_test", "west", "west_test"}) {
    Party east(broker->address(), "east", "east-token", id);
    ASSERT_TRUE(east.connected()) << id;
    const std::size_t before = hub->heard().size();
    west.say("weir/v1/node/west/up/alert", id);
    EXPECT_TRUE(await([&] { return hub->heard().size() > before; })) << id;
    EXPECT_EQ(hub->client->status().connects, 1u) << id;
    EXPECT_EQ(west.client->status().connects, 1u) << id;
  }
}

TEST_F(BrokerTest, keeps_files_to_itself_and_secrets_out_of_them) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  for (const std::string name : {"mosquitto.conf", "access", "passwords"}) {
    struct stat found{};
    ASSERT_EQ(stat((folder + "/broker/" + name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
    EXPECT_THAT(text_of(name), Not(HasSubstr("east-token")));
    EXPECT_THAT(text_of(name), Not(HasSubstr(broker->address().password)));
  }
  EXPECT_THAT(text_of("passwords"), HasSubstr("east:$7$101$"));
  EXPECT_THAT(log.text(), Not(HasSubstr("east-token")));
  EXPECT_THAT(log.text(), Not(HasSubstr(broker->address().password)));
}

TEST_F(BrokerTest, takes_hashes_as_mosquitto_passwd_makes_them_and_gives_such) {
  const std::string file = folder + "/made";
  ASSERT_EQ(std::system(("mosquitto_passwd -b -c " + file + " x east-token").c_str()), 0);
  std::string line;
  std::getline(std::ifstream(file), line);
  const auto broker = start({{.name = "east", .hash = line.substr(2)},
                             {.name = "west", .hash = Broker::hash("west-token")}});
  ASSERT_NE(broker, nullptr);
  Party east(broker->address(), "east", "east-token"),
      west(broker->address(), "west", "west-token");
  EXPECT_TRUE(east.connected());
  EXPECT_TRUE(west.connected());
  EXPECT_NE(Broker::hash("a"), Broker::hash("a")) << "hashes are salted";
}

TEST_F(BrokerTest, comes_back_after_a_kill_with_all_its_clients) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  const auto hub = hub_of(*broker);
  Party east(broker->address(), "east", "east-token");
  ASSERT_TRUE(east.connected() && east.listens_to("weir/v1/node/east/down/#"));
  const int east_before = east.subscriptions(), hub_before = hub->subscriptions();
  ASSERT_EQ(kill(broker->child()->pid, SIGKILL), 0);
  ASSERT_TRUE(await(
      [&] { return east.subscriptions() > east_before && hub->subscriptions() > hub_before; }));
  EXPECT_EQ(broker->child()->restarts, 1u);
  EXPECT_EQ(east.end(), Code::network);
  east.say("weir/v1/node/east/up/result", "up");
  hub->say("weir/v1/node/east/down/committed", "down");
  EXPECT_TRUE(await([&] { return hub->heard().size() == 1 && east.heard().size() == 1; }));
}

TEST_F(BrokerTest, that_does_not_stop_is_killed_at_the_deadline) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  ASSERT_EQ(kill(broker->child()->pid, SIGSTOP), 0);
  broker->stop(0);
  EXPECT_EQ(broker->child()->state, net::ChildState::stopped);
  EXPECT_EQ(broker->child()->pid, 0);
}

TEST_F(BrokerTest, ends_with_a_hub_that_is_killed) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t hub = fork();
  if (hub == 0) {
    const auto broker = Broker::start(options({kEast}));
    const int pid = broker ? (*broker)->child()->pid : 0;
    if (write(ends[1], &pid, sizeof pid) < 0) _exit(1);
    while (true) pause();
  }
  int pid = 0;
  ASSERT_EQ(read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  kill(hub, SIGKILL);
  EXPECT_EQ(waitpid(hub, nullptr, 0), hub);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  close(ends[0]);
  close(ends[1]);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(BrokerTest, adds_and_removes_nodes_while_others_stay_connected) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  const auto hub = hub_of(*broker);
  Party east(broker->address(), "east", "east-token");
  ASSERT_TRUE(east.connected());

  ASSERT_TRUE(broker->add(kWest));
  Party west(broker->address(), "west", "west-token");
  ASSERT_TRUE(west.connected());
  EXPECT_EQ(west.client->status().failures, 0u) << "it was not known when add returned";
  west.say("weir/v1/node/west/up/alert", "w");

  ASSERT_TRUE(broker->add({.name = "west", .token = "new-token"}));
  EXPECT_NE(west.ended(), Code::bug);
  Party again(broker->address(), "west", "new-token");
  ASSERT_TRUE(again.connected());

  ASSERT_TRUE(broker->remove("west"));
  EXPECT_NE(again.ended(), Code::bug);
  ASSERT_TRUE(broker->remove("west"));
  ASSERT_TRUE(broker->remove(broker->address().user));
  Party late(broker->address(), "west", "new-token");
  EXPECT_EQ(late.ended(), Code::refused);

  east.say("weir/v1/node/east/up/alert", "e");
  ASSERT_TRUE(await([&] { return hub->heard().size() == 2; }));
  EXPECT_EQ(east.client->status().connects, 1u);
  EXPECT_EQ(hub->client->status().connects, 1u);
  EXPECT_EQ(broker->child()->restarts, 0u);
}

TEST_F(BrokerTest, knows_a_node_added_while_it_was_down) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  ASSERT_EQ(kill(broker->child()->pid, SIGKILL), 0);
  ASSERT_TRUE(await([&] { return broker->child()->pid == 0; }));
  ASSERT_TRUE(broker->add(kWest));
  Party west(broker->address(), "west", "west-token");
  EXPECT_TRUE(west.connected());
}

TEST_F(BrokerTest, says_what_it_cannot_take) {
  const auto code = [](const auto& result) { return result ? Code::bug : result.error().code; };
  EXPECT_EQ(code(Broker::start(options({{.name = "a:b", .token = "t"}}))), Code::invalid);
  EXPECT_EQ(code(Broker::start(options({{.name = "weir_hub", .token = "t"}}))), Code::invalid);
  EXPECT_EQ(code(Broker::start(options({{.name = "+", .token = "t"}}))), Code::invalid);
  EXPECT_EQ(code(Broker::start(options({{.name = "a"}}))), Code::invalid);
  EXPECT_EQ(code(Broker::start(options({{.name = "a", .hash = "$7$x\nb:y"}}))), Code::invalid);
  EXPECT_EQ(code(Broker::start(options({kEast, kEast}))), Code::conflict);
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(code(broker->add({.name = "a\nb", .token = "t"})), Code::invalid);

  auto taken = options();
  taken.port = broker->address().port;
  EXPECT_EQ(code(Broker::start(taken)), Code::conflict);
  auto lost = options();
  lost.program = "/no/mosquitto";
  EXPECT_EQ(code(Broker::start(lost)), Code::missing);
  auto nowhere = options();
  nowhere.folder = "/no/such/folder";
  EXPECT_EQ(code(Broker::start(nowhere)), Code::io);
  auto other = options();
  other.program = "/bin/false";
  EXPECT_EQ(code(Broker::start(other)), Code::ended);
}

TEST_F(BrokerTest, starts_nothing_where_there_is_a_broker_already) {
  auto external = options({kEast});
  external.external = BrokerAddress{.host = "queue", .port = 18830, .user = "u", .password = "p"};
  auto broker = Broker::start(external);
  ASSERT_TRUE(broker);
  EXPECT_EQ((*broker)->address().host, "queue");
  EXPECT_EQ((*broker)->address().port, 18830);
  EXPECT_FALSE((*broker)->child());
  EXPECT_TRUE((*broker)->add(kWest));
  EXPECT_TRUE((*broker)->remove("west"));
  EXPECT_NE(access((folder + "/broker").c_str(), F_OK), 0);
}

TEST_F(BrokerTest, keeps_no_message_for_later_listeners_and_takes_none_that_is_too_large) {
  const auto broker = start({kEast});
  ASSERT_NE(broker, nullptr);
  Party east(broker->address(), "east", "east-token");
  ASSERT_TRUE(east.connected());
  const std::string topic = "weir/v1/node/east/up/x";
  ASSERT_TRUE(east.client->publish(topic, "early", Qos::at_least_once, net::Retain::yes));
  ASSERT_TRUE(await([&] { return east.client->status().queued == 0; }));
  const auto hub = hub_of(*broker);
  east.say(topic, "late");
  ASSERT_TRUE(await([&] { return !hub->heard().empty(); }));
  EXPECT_THAT(hub->heard(), ElementsAre(topic + "=late"));
  east.say(topic, std::string(net::kMqttMessageBytesMax, 'x'));
  EXPECT_EQ(east.client->status().denied, 1u);
  EXPECT_TRUE(east.client->connected());
}

}  // namespace
}  // namespace weir::hub
