// The whole hub: a node's records through a real broker and real HTTP, kills in between, and what
// makes it refuse to start.
#include "hub/daemon.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "data/json.h"
#include "hub/hub_test.h"
#include "link/uplink.h"
#include "net/broker_test.h"

namespace weir::hub {
namespace {

using base::Code;
using link::Class;
using net::Method;
using ::testing::HasSubstr;
using ::testing::Not;

// A node of the hub, and what it appended.
class TestNode {
 public:
  TestNode(const HubProcess& hub, const std::string& name, const std::string& token,
           const std::string& folder = {})
      : folder_(hub.folder / (folder.empty() ? name : folder)) {
    auto opened = link::Uplink::open({.folder = folder_,
                                      .node = name,
                                      .token = token,
                                      .hub_url = fmt::format("http://127.0.0.1:{}", hub.port),
                                      .mqtt_host = "127.0.0.1",
                                      .mqtt_port = hub.broker_port,
                                      .commit_deadline_ns = 500'000'000,
                                      .log = log,
                                      .clock = clock_});
    EXPECT_TRUE(opened) << opened.error().message;
    uplink = std::move(*opened);
  }

  void raise(const std::string& id) {
    pictures[id] = "\xff\xd8 the picture of " + id;
    ASSERT_TRUE(uplink->append(Class::alert, alert_record(id, "dumping"), pictures[id]));
  }
  std::uint64_t backlog() const {
    std::uint64_t all = 0;
    for (const link::ClassStatus& one : uplink->status().classes) all += one.backlog;
    return all;
  }

  base::MemoryLog log;
  std::map<std::string, std::string> pictures;

 private:
  const std::string folder_;
  base::SystemClock clock_;

 public:
  std::unique_ptr<link::Uplink> uplink;  // last: it uses all above
};

std::string add_node(RestClient& client, const std::string& name) {
  const net::Answer answer =
      client.send(Method::post, "/api/v1/nodes", fmt::format(R"({{"name":"{}"}})", name));
  EXPECT_EQ(answer.status, 201) << answer.body;
  return at(data::parse_json(answer.body).value_or(data::Value()), {"token"});
}

// All alerts of `node` are at the hub, once, with their pictures.
void expect_all_arrived(RestClient& client, TestNode& node) {
  EXPECT_TRUE(await([&] { return node.backlog() == 0; })) << node.log.text();
  const data::Value page = client.get("/api/v1/alerts?limit=500");
  EXPECT_EQ(items(page).size(), node.pictures.size());
  for (const data::Value& alert : items(page)) {
    const std::string id = at(alert, {"id"});
    const net::Answer picture =
        client.send(Method::get, fmt::format("/api/v1/alerts/{}/picture", at(alert, {"number"})));
    EXPECT_EQ(picture.status, 200) << id;
    EXPECT_EQ(picture.headers.at("content-type"), "image/jpeg");
    EXPECT_EQ(picture.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(picture.body, node.pictures.at(id));
  }
}

TEST(HubDaemon, keeps_what_a_node_sends_whatever_happens_to_it) {
  HubProcess hub;
  RestClient client(hub.port);
  const std::string token = add_node(client, "gate-1");
  TestNode node(hub, "gate-1", token);
  {
    LiveSocket live(hub.port);
    node.raise("app/alert/south/1/0");
    const auto said = data::parse_json(live.next());
    ASSERT_TRUE(said);
    EXPECT_EQ(at(*said, {"id"}), "app/alert/south/1/0");
    EXPECT_EQ(at(*said, {"record", "title"}), "dumping");
    EXPECT_FALSE(at(*said, {"committed"}).empty());
    expect_all_arrived(client, node);
  }
  for (std::uint64_t kill = 1; kill <= 3; ++kill) {
    for (int i = 0; i < 20; ++i) {
      node.raise(fmt::format("app/alert/south/{}/{}", kill + 1, i));
      if (i == 10) hub.kill();
    }
    ASSERT_TRUE(hub.back(kill)) << hub.log.text();
    expect_all_arrived(client, node);
  }
  EXPECT_TRUE(
      node.uplink->report(R"({"time":"2026-01-01T00:00:00Z","deployments":[{"name":"app"}]})"));
  EXPECT_TRUE(await([&] {
    const data::Value shown = client.get("/api/v1/nodes/gate-1");
    return at(shown, {"state"}) == "online" && !at(shown, {"report", "deployments"}).empty();
  }));
  EXPECT_THAT(hub.log.text(), Not(HasSubstr(token)));
}

TEST(HubDaemon, forgets_a_node_that_is_removed) {
  HubProcess hub;
  RestClient client(hub.port);
  TestNode node(hub, "gate-1", add_node(client, "gate-1"));
  node.raise("1");
  EXPECT_TRUE(await([&] { return node.backlog() == 0; }));
  EXPECT_EQ(client.send(Method::del, "/api/v1/nodes/gate-1").status, 204);
  EXPECT_EQ(client.send(Method::get, "/api/v1/nodes/gate-1").status, 404);
  EXPECT_TRUE(await([&] { return !node.uplink->status().connected; }));
  node.raise("2");
  const std::string token = add_node(client, "gate-1");
  EXPECT_EQ(client.send(Method::post, "/api/v1/nodes", R"({"name":"gate-1"})").status, 409);
  node.uplink.reset();
  TestNode again(hub, "gate-1", token);
  again.pictures = node.pictures;
  expect_all_arrived(client, again);
}

struct LocalHub {
  base::Result<> start() {
    config.daemon.data = folder / "data";
    TRY(daemon, Daemon::start({.config = config, .clock = clock, .log = log}));
    return {};
  }

  const TestFolder folder;
  Config config{.daemon = {}, .broker_port = 0};
  base::SystemClock clock;
  base::MemoryLog lines;
  base::RecentLog log{lines, clock};
  std::unique_ptr<Daemon> daemon;
};

TEST(HubDaemon, a_node_that_the_broker_still_lets_in_can_be_removed_again) {
  LocalHub hub;
  ASSERT_TRUE(hub.start());
  RestClient client(hub.daemon->port());
  add_node(client, "gate-1");
  const std::string in_the_way = hub.folder / "data/broker/passwords.new/file";
  std::filesystem::create_directories(in_the_way);
  EXPECT_GE(client.send(Method::del, "/api/v1/nodes/gate-1").status, 500);
  EXPECT_EQ(client.send(Method::get, "/api/v1/nodes/gate-1").status, 200);
  std::filesystem::remove_all(hub.folder / "data/broker/passwords.new");
  EXPECT_EQ(client.send(Method::del, "/api/v1/nodes/gate-1").status, 204);
  EXPECT_EQ(client.send(Method::del, "/api/v1/nodes/gate-1").status, 404);
}

TEST(HubDaemon, one_process_works_in_a_folder) {
  LocalHub hub;
  ASSERT_TRUE(hub.start());
  const auto second = Daemon::start({.config = hub.config, .clock = hub.clock, .log = hub.log});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("in use by another process"));
}

TEST(HubDaemon, tells_of_two_nodes_under_one_name) {
  HubProcess hub;
  RestClient client(hub.port);
  const std::string token = add_node(client, "gate");
  const TestNode one(hub, "gate", token, "one"), two(hub, "gate", token, "two");
  ASSERT_TRUE(one.uplink->report(R"({"process":"1"})"));
  ASSERT_TRUE(two.uplink->report(R"({"process":"2"})"));
  EXPECT_TRUE(await([&] { return !at(client.get("/api/v1/nodes/gate"), {"trouble"}).empty(); }))
      << hub.log.text();
  EXPECT_TRUE(await(
      [&] { return hub.log.text().find("two nodes run under one name") != std::string::npos; }));
}

TEST(HubDaemon, listens_for_this_machine_alone) {
  LocalHub hub;
  hub.config.daemon.address = "0.0.0.0";
  const auto started = hub.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::refused);
  EXPECT_THAT(started.error().message, HasSubstr("loopback"));
}

TEST(HubDaemon, uses_a_broker_that_is_there) {
  const net::TestBroker broker;
  LocalHub hub;
  hub.config.external =
      BrokerAddress{.host = "127.0.0.1", .port = broker.port(), .user = "", .password = ""};
  ASSERT_TRUE(hub.start());
  RestClient client(hub.daemon->port());
  EXPECT_TRUE(await([&] { return client.send(Method::get, "/healthz").status == 200; }));
  EXPECT_EQ(at(client.get("/api/v1/status"), {"broker", "external"}), "true");
}

TEST(HubDaemon, says_that_its_broker_is_gone) {
  const std::uint16_t nobody = net::free_port();
  LocalHub hub;
  hub.config.external =
      BrokerAddress{.host = "127.0.0.1", .port = nobody, .user = "", .password = ""};
  ASSERT_TRUE(hub.start());
  RestClient client(hub.daemon->port());
  const net::Answer health = client.send(Method::get, "/healthz");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr("the broker is not connected"));
  EXPECT_THAT(client.send(Method::get, "/metrics").body,
              HasSubstr("\nweir_hub_link_connected 0\n"));
}

TEST(HubDaemon, sets_a_damaged_database_aside) {
  LocalHub hub;
  ASSERT_TRUE(hub.start());
  {
    RestClient client(hub.daemon->port());
    EXPECT_FALSE(add_node(client, "gate-1").empty());
  }
  hub.daemon->stop();
  hub.daemon.reset();
  std::ofstream(hub.folder / "data/hub.db", std::ios::binary) << "no database";
  ASSERT_TRUE(hub.start()) << hub.lines.text();
  EXPECT_THAT(hub.lines.text(), HasSubstr("begun anew: add the nodes again"));
  RestClient client(hub.daemon->port());
  EXPECT_TRUE(items(client.get("/api/v1/nodes")).empty());
  EXPECT_FALSE(add_node(client, "gate-1").empty());
}

TEST(HubDaemon, tells_its_metrics_as_prometheus_reads_them) {
  LocalHub hub;
  ASSERT_TRUE(hub.start());
  RestClient client(hub.daemon->port());
  EXPECT_TRUE(await([&] { return client.send(Method::get, "/healthz").status == 200; }));
  const net::Answer metrics = client.send(Method::get, "/metrics");
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics.body, HasSubstr("\nweir_hub_nodes{state=\"online\"} 0\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nweir_hub_records_committed_total{class=\"alert\"} 0\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nweir_hub_broker_running 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nweir_hub_http_answers_total{status=\"2xx\"} "));
}

}  // namespace
}  // namespace weir::hub
