// Nodes: added and removed, heard of and silent, with what they report of themselves.
#include "hub/nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "hub/schema.h"
#include "hub/stores_test.h"
#include "store/digest.h"

namespace weir::hub {
namespace {

using base::Code;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::string_view kCatalogue =
    R"({"operators":[{"name":"read","group":"input","summary":"s","inputs":[],"outputs":[]}]})";

std::string state(std::string_view more = "") {
  return R"({"time":"2023-11-14T22:13:25Z","version":"0.1.0","deployments":[{"name":"app"}],)"
         R"("cameras":[])" +
         std::string(more) + "}";
}

TEST(Nodes, are_known_from_add_to_remove) {
  Stores stores;
  Nodes& nodes = *stores.nodes;
  EXPECT_TRUE(nodes.known("gate"));
  EXPECT_TRUE(nodes.admits("gate", "secret"));
  EXPECT_FALSE(nodes.admits("gate", "secreT"));
  EXPECT_FALSE(nodes.admits("gate", ""));
  EXPECT_FALSE(nodes.admits("other", "secret"));
  EXPECT_EQ(nodes.add("gate", {}).error().code, Code::conflict);
  for (const char* const name : {"", "Gate", "a/b", "a b", "-a", "a#", "..", "a\n"}) {
    EXPECT_EQ(nodes.add(name, {}).error().code, Code::invalid) << name;
  }
  EXPECT_THAT(nodes.broker_hashes(), ElementsAre(Pair("gate", "hash")));
  ASSERT_TRUE(nodes.remove("gate"));
  EXPECT_FALSE(nodes.known("gate"));
  EXPECT_FALSE(nodes.admits("gate", "secret"));
  EXPECT_EQ(nodes.remove("gate").error().code, Code::unknown_name);
  EXPECT_EQ(nodes.get("gate").error().code, Code::unknown_name);
}

// Its disk was replaced: the epoch of its ids begins anew.
TEST(Nodes, one_that_is_added_again_is_another) {
  Stores stores;
  ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("app/alert/1/0")}));
  ASSERT_TRUE(stores.nodes->remove("gate"));
  EXPECT_EQ(stores.commit(link::Class::alert, {alert_record("app/alert/1/0")}).error().code,
            Code::unknown_name);
  stores.add_gate();
  ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("app/alert/1/0")}));
  const auto page = stores.alerts->list({.node = "gate"});
  EXPECT_EQ(page->alerts.size(), 2U) << "the same id of another node is another alert";
}

TEST(Nodes, keep_no_token) {
  Stores stores;
  EXPECT_EQ(stores.nodes->broker_hashes().front().second, "hash");
  auto find = stores.database->prepare("SELECT token FROM node");
  ASSERT_TRUE(find && find->step());
  EXPECT_EQ(find->text(0), store::sha256("secret"));
}

TEST(Nodes, are_new_then_online_then_silent) {
  Stores stores;
  Nodes& nodes = *stores.nodes;
  EXPECT_EQ(nodes.get("gate")->presence, Presence::fresh);
  EXPECT_EQ(nodes.get("gate")->seen_ns, 0);
  nodes.seen("gate");
  EXPECT_EQ(nodes.get("gate")->presence, Presence::online);
  stores.clock.advance(kSilentAfterNs - 1);
  EXPECT_EQ(nodes.get("gate")->presence, Presence::online);
  stores.clock.advance(1);
  EXPECT_EQ(nodes.get("gate")->presence, Presence::offline);
  nodes.report("gate", state());
  EXPECT_EQ(nodes.get("gate")->presence, Presence::online);
  nodes.report("gate", "");
  EXPECT_EQ(nodes.get("gate")->presence, Presence::offline) << "its connection has ended";
  EXPECT_EQ(nodes.get("gate")->report_ns, stores.clock.wall_ns()) << "what it said stays";
  nodes.seen("gate");
  EXPECT_EQ(nodes.counts().online, 1U);
}

TEST(Nodes, say_how_they_are) {
  Stores stores;
  stores.nodes->report("gate", state(R"(,"uplink":{"backlog":3})"));
  const auto node = stores.nodes->get("gate");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->version, "0.1.0");
  EXPECT_EQ(node->deployments, 1U);
  EXPECT_EQ(node->cameras, 0U);
  EXPECT_EQ(node->clock_offset_ns, 5 * kSecond);
  EXPECT_THAT(node->report, HasSubstr(R"("uplink":{"backlog":3})"));
  EXPECT_EQ(stores.nodes->list("", 10)->front().report, "") << "not in lists";
}

TEST(Nodes, say_what_fails_on_them) {
  Stores stores;
  stores.nodes->report("gate", R"({"deployments":[{"state":"running"},{"state":"failed"},{},5],)"
                               R"("cameras":[{"state":"frozen"},{"state":7},{"state":"failed"}]})");
  EXPECT_EQ(stores.nodes->get("gate")->deployments, 4U);
  EXPECT_EQ(stores.nodes->get("gate")->failing, 3U);
  stores.nodes->report("gate", state());
  EXPECT_EQ(stores.nodes->list("", 1)->front().failing, 0U);
}

TEST(Nodes, a_clock_in_1970_is_told) {
  Stores stores;
  stores.nodes->report("gate", R"({"time":"1970-01-01T00:00:01Z"})");
  EXPECT_EQ(stores.nodes->get("gate")->clock_offset_ns, kSecond - stores.clock.wall_ns());
  EXPECT_EQ(stores.nodes->get("gate")->presence, Presence::online);
}

TEST(Nodes, two_of_one_name_are_told_from_one_that_is_started_anew) {
  Stores stores;
  Nodes& nodes = *stores.nodes;
  const auto hear = [&](std::string_view process) {
    nodes.report("gate", state(R"(,"process":")" + std::string(process) + R"(")"));
    return nodes.get("gate")->twins;
  };
  for (const std::string_view process : {"1", "1", "2", "", "2", "3", "3"}) {
    EXPECT_FALSE(hear(process)) << process;
  }
  EXPECT_TRUE(hear("2")) << "it was over";
  EXPECT_TRUE(hear("2"));
  EXPECT_TRUE(hear("3"));
  EXPECT_EQ(nodes.counts().twins, 2U);
  EXPECT_THAT(stores.log.text(), HasSubstr("two nodes run under one name"));
  const std::size_t said = stores.log.text().size();
  stores.clock.advance(kTwinsNs);
  EXPECT_FALSE(hear("3"));
  EXPECT_EQ(stores.log.text().size(), said) << "once";
}

TEST(Nodes, what_is_no_state_is_passed_over) {
  Stores stores;
  for (
      const std::string_view text :
      {R"([])", R"(1)", R"({)", R"({"time":5,"version":{},"deployments":1,"catalogue":[]})",
       R"({"time":"yesterday","version":"0123456789012345678901234567890123456789012345678901234567890123456789"})"}) {
    stores.nodes->report("gate", text);
    const auto node = stores.nodes->get("gate");
    ASSERT_TRUE(node) << text;
    EXPECT_EQ(node->version, "") << text;
    EXPECT_EQ(node->clock_offset_ns, 0) << text;
    EXPECT_FALSE(stores.nodes->catalogue_json("gate")) << text;
  }
  stores.nodes->report("stranger", state());
  EXPECT_FALSE(stores.nodes->get("stranger"));
}

TEST(Nodes, a_catalogue_is_kept_and_used) {
  Stores stores;
  EXPECT_TRUE(stores.nodes->catalogues().empty());
  stores.nodes->report("gate", state(R"(,"catalogue":)" + std::string(kCatalogue)));
  EXPECT_EQ(stores.nodes->catalogue_json("gate"), kCatalogue);
  EXPECT_EQ(stores.nodes->get("gate")->report.find("catalogue"), std::string::npos);
  stores.nodes->report("gate", state());
  EXPECT_EQ(stores.nodes->catalogue_json("gate"), kCatalogue) << "until it says another";
  stores.open();
  EXPECT_EQ(stores.nodes->catalogue_json("gate"), kCatalogue);
}

// Their states come where records cannot: those whose pictures find no room are held back.
TEST(Nodes, tell_while_they_cannot_be_written_down) {
  Stores stores;
  ASSERT_TRUE(stores.database->execute(
      "CREATE TRIGGER full BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'no room'); END"));
  stores.nodes->report("gate", state());
  EXPECT_THAT(stores.nodes->trouble(), HasSubstr("no room"));
  ASSERT_TRUE(stores.database->execute("DROP TRIGGER full"));
  stores.clock.advance(Nodes::kWriteNs);
  stores.nodes->report("gate", state());
  EXPECT_EQ(stores.nodes->trouble(), "");
}

TEST(Nodes, the_newest_catalogue_of_each_is_used) {
  Stores stores;
  const auto report = [&](std::string_view node, std::string_view catalogue) {
    stores.nodes->report(node, state(R"(,"catalogue":)" + std::string(catalogue)));
  };
  const auto used = [&] {
    std::vector<std::string> names;
    for (const auto& each : stores.nodes->catalogues()) {
      names.emplace_back(each->names().empty() ? "" : each->names().front());
    }
    return names;
  };
  for (const char* const name : {"east", "west"}) ASSERT_TRUE(stores.nodes->add(name, {}));
  report("west", kCatalogue);
  report("gate", kCatalogue);
  report("east", R"({"operators":[]})");
  EXPECT_THAT(used(), ElementsAre("read", "")) << "each once, the one with most operators first";
  stores.open();
  EXPECT_THAT(used(), ElementsAre("read", ""));
  report("west", R"({"operators":[]})");
  EXPECT_THAT(used(), ElementsAre("read", "")) << "of gate";
  report("gate", R"({"operators":5})");
  EXPECT_THAT(used(), ElementsAre("")) << "what cannot be read is none";
  ASSERT_TRUE(stores.nodes->remove("west"));
  ASSERT_TRUE(stores.nodes->remove("east"));
  EXPECT_THAT(used(), ElementsAre());
}

TEST(Nodes, only_so_many_catalogues_are_used) {
  Stores stores;
  for (std::size_t i = 0; i < kCataloguesMax; ++i) {
    const std::string name = "n" + std::to_string(i);
    ASSERT_TRUE(stores.nodes->add(name, {}));
    stores.nodes->report(name, state(R"(,"catalogue":{"operators":[],"of":")" + name + R"("})"));
  }
  const std::string one_more = state(R"(,"catalogue":)" + std::string(kCatalogue));
  stores.nodes->report("gate", one_more);
  EXPECT_EQ(stores.nodes->catalogues().size(), kCataloguesMax);
  EXPECT_THAT(stores.log.text(), HasSubstr("a node's catalogue is not used"));
  const std::size_t lines = stores.log.text().size();
  stores.nodes->report("gate", one_more);
  EXPECT_EQ(stores.log.text().size(), lines) << "told once";
  EXPECT_TRUE(stores.nodes->catalogues().front()->names().empty());
  ASSERT_TRUE(stores.nodes->remove("n0"));
  stores.nodes->report("gate", one_more);
  EXPECT_EQ(stores.nodes->catalogues().size(), kCataloguesMax);
  EXPECT_THAT(stores.nodes->catalogues().front()->names(), ElementsAre("read"))
      << "there is a place now";
}

TEST(Nodes, after_a_restart_the_catalogues_of_the_newest_reports_are_used) {
  Stores stores;
  for (std::size_t i = 0; i < kCataloguesMax; ++i) {
    const std::string name = "n" + std::to_string(i);
    ASSERT_TRUE(stores.nodes->add(name, {}));
    stores.nodes->report(name, state(R"(,"catalogue":{"operators":[],"of":")" + name + R"("})"));
  }
  stores.clock.advance(kSecond);
  stores.nodes->report("gate", state(R"(,"catalogue":)" + std::string(kCatalogue)));
  stores.open();
  EXPECT_EQ(stores.nodes->catalogues().size(), kCataloguesMax);
  EXPECT_THAT(stores.nodes->catalogues().front()->names(), ElementsAre("read"));
}

TEST(Nodes, what_they_said_survives_a_restart) {
  Stores stores;
  stores.nodes->report("gate", state());
  const std::int64_t then_ns = stores.clock.wall_ns();
  stores.clock.advance(kSecond);
  stores.open();
  const auto node = stores.nodes->get("gate");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->presence, Presence::offline) << "until it is heard of";
  EXPECT_EQ(node->seen_ns, then_ns);
  EXPECT_EQ(node->version, "0.1.0");
  EXPECT_TRUE(stores.nodes->admits("gate", "secret"));
}

// A disk that is full for long makes one gap after the other.
TEST(Nodes, what_they_lost_is_summed_and_takes_no_more_room) {
  Stores stores;
  const auto count = [&](std::string_view table) {
    auto find = stores.database->prepare("SELECT count(*) FROM " + std::string(table));
    EXPECT_TRUE(find && find->step());
    return find->int64(0);
  };
  std::vector<link::Record> gaps;
  for (std::int64_t i = 0; i < 2 * kGapsMax; ++i) {
    gaps.push_back(
        {.id = "gate/gap/log/result/" + std::to_string(i), .time_ns = i, .body = R"({"gap":3})"});
  }
  ASSERT_TRUE(stores.commit(link::Class::result, gaps));
  ASSERT_TRUE(stores.commit(link::Class::bulk, {gaps.front()}));
  const std::array<std::int64_t, link::kClasses> lost = {0, 6 * kGapsMax, 3};
  EXPECT_EQ(stores.nodes->get("gate")->lost, lost);
  EXPECT_EQ(count("gap"), kGapsMax + 1);
  stores.open();
  ASSERT_TRUE(stores.commit(link::Class::result, {gaps.end() - kGapsMax, gaps.end()}));
  EXPECT_EQ(stores.nodes->list("", 1)->front().lost, lost) << "the newest are known again";
  ASSERT_TRUE(stores.nodes->remove("gate"));
  EXPECT_EQ(count("gap") + count("lost"), 0);
}

TEST(Nodes, what_they_lost_before_it_was_summed_counts) {
  const TestFolder folder;
  base::ManualClock clock{0};
  base::MemoryLog log;
  store::Database::Options options{
      .path = folder / "hub.db", .migrations = {kSchema}, .log = log, .clock = clock};
  {
    const auto before = store::Database::open(options);
    ASSERT_TRUE(before);
    ASSERT_TRUE((*before)->execute(
        "INSERT INTO node (name, token, broker, added_ns, removed_ns) VALUES ('gate', '', '', 0, "
        "NULL), ('gone', '', '', 0, 1); INSERT INTO gap VALUES (1, 'a', 1, 0, 3, 0), (1, 'b', 1, "
        "0, 4, 0), (2, 'a', 1, 0, 5, 0)"));
  }
  options.migrations.push_back(kLostSchema);
  const auto database = store::Database::open(options);
  ASSERT_TRUE(database) << database.error().message;
  const auto nodes = Nodes::open({.database = **database, .log = log, .clock = clock});
  ASSERT_TRUE(nodes);
  EXPECT_EQ((*nodes)->get("gate")->lost[1], 7);
  EXPECT_EQ((*nodes)->add_gap(1, link::Class::result, {.id = "b", .body = "{}"}, 4), false)
      << "it was here";
}

TEST(Nodes, are_listed_by_name) {
  Stores stores;
  ASSERT_TRUE(stores.nodes->add("b", {}));
  ASSERT_TRUE(stores.nodes->add("a", {}));
  const auto first = stores.nodes->list("", 2);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ(first->at(0).name, "a");
  EXPECT_EQ(first->at(1).name, "b");
  EXPECT_EQ(stores.nodes->list("b", 2)->front().name, "gate");
}

}  // namespace
}  // namespace weir::hub
