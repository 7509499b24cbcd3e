// Alerts: kept once, found by what is asked, read page by page, forgotten from the oldest on.
#include "hub/alerts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/rows.h"
#include "hub/stores_test.h"

namespace weir::hub {
namespace {

using base::Code;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AlertsTest : public ::testing::Test {
 protected:
  std::vector<std::int64_t> numbers(const AlertFilter& filter) {
    const auto page = stores_.alerts->list(filter);
    EXPECT_TRUE(page) << page.error().message;
    next_ = page->next;
    std::vector<std::int64_t> out;
    for (const Alert& alert : page->alerts) out.push_back(alert.number);
    return out;
  }
  void raise(link::Record record) {
    const auto kept = stores_.commit(link::Class::alert, {std::move(record)});
    ASSERT_TRUE(kept) << kept.error().message;
  }

  Stores stores_;
  std::int64_t next_ = 0;
};

TEST_F(AlertsTest, are_kept_as_they_came) {
  raise({.id = "app/alert/south/1/0",
         .time_ns = -5,
         .body = R"({"title":"dümping","device":"south","step":7,"x":[1,{"y":null}]})"});
  const auto alert = stores_.alerts->get(1);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->node, "gate");
  EXPECT_EQ(alert->id, "app/alert/south/1/0");
  EXPECT_EQ(alert->time_ns, -5);
  EXPECT_EQ(alert->title, "dümping");
  EXPECT_EQ(alert->device, "south");
  EXPECT_EQ(alert->step, "") << "a text is expected there";
  EXPECT_EQ(alert->body, R"({"title":"dümping","device":"south","step":7,"x":[1,{"y":null}]})");
  EXPECT_EQ(alert->received_ns, stores_.clock.wall_ns());
  EXPECT_EQ(stores_.alerts->get(2).error().code, Code::unknown_name);
}

TEST_F(AlertsTest, are_found_by_what_is_asked) {
  raise(alert_record("1", "dumping", "south"));
  raise(alert_record("2", "dumping", "north"));
  auto late = alert_record("3", "fire", "south");
  late.time_ns += 1'000;
  raise(late);
  ASSERT_TRUE(stores_.alerts->acknowledge(2, "ann"));
  EXPECT_THAT(numbers({}), ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers({.device = "south"}), ElementsAre(3, 1));
  EXPECT_THAT(numbers({.device = "south", .title = "dumping"}), ElementsAre(1));
  EXPECT_THAT(numbers({.node = "gate", .title = "fire"}), ElementsAre(3));
  EXPECT_THAT(numbers({.node = "other"}), IsEmpty());
  EXPECT_THAT(numbers({.since_ns = late.time_ns}), ElementsAre(3));
  EXPECT_THAT(numbers({.until_ns = late.time_ns}), ElementsAre(2, 1));
  EXPECT_THAT(numbers({.acknowledged = true}), ElementsAre(2));
  EXPECT_THAT(numbers({.acknowledged = false}), ElementsAre(3, 1));
  EXPECT_THAT(numbers({.title = "' OR 1=1 --"}), IsEmpty());
}

TEST_F(AlertsTest, come_in_pages_that_new_ones_do_not_move) {
  for (int i = 1; i <= 5; ++i) raise(alert_record(std::to_string(i)));
  EXPECT_THAT(numbers({.limit = 2}), ElementsAre(5, 4));
  EXPECT_EQ(next_, 4);
  raise(alert_record("6"));
  EXPECT_THAT(numbers({.before = next_, .limit = 2}), ElementsAre(3, 2));
  EXPECT_THAT(numbers({.before = next_, .limit = 2}), ElementsAre(1));
  EXPECT_EQ(next_, 0);
  EXPECT_THAT(numbers({.before = 0}), IsEmpty());
  EXPECT_EQ(next_, 0);
}

TEST(Rows, an_answer_looks_at_a_bounded_piece) {
  const Numbers there{.first = 11, .last = 1'000};
  Span span = newest_below(there, {}, 100);
  EXPECT_EQ(span.first, 901);
  EXPECT_EQ(span.last, 1'000);
  EXPECT_EQ(next_page(there, span, {}), 901) << "nothing was found, and there is more to look at";
  EXPECT_EQ(next_page(there, span, 950), 950);
  span = newest_below(there, 50, 100);
  EXPECT_EQ(span.first, 11);
  EXPECT_EQ(next_page(there, span, {}), 0);
  EXPECT_EQ(next_page(there, span, 11), 0);
  EXPECT_EQ(Numbers{}.count(), 0);
}

TEST_F(AlertsTest, are_acknowledged_once) {
  raise(alert_record("1"));
  ASSERT_TRUE(stores_.alerts->acknowledge(1, "ann"));
  const std::int64_t then_ns = stores_.clock.wall_ns();
  stores_.clock.advance(1'000);
  ASSERT_TRUE(stores_.alerts->acknowledge(1, "bob"));
  EXPECT_EQ(stores_.alerts->get(1)->acknowledged_by, "ann");
  EXPECT_EQ(stores_.alerts->get(1)->acknowledged_ns, then_ns);
  EXPECT_EQ(stores_.alerts->acknowledge(9, "ann").error().code, Code::unknown_name);
}

TEST_F(AlertsTest, take_comments_up_to_a_limit) {
  raise(alert_record("1"));
  ASSERT_TRUE(stores_.alerts->comment(1, "ann", "first"));
  ASSERT_TRUE(stores_.database->execute(
      fmt::format("INSERT INTO comment (alert, time_ns, by, text) WITH RECURSIVE n (i) AS (SELECT "
                  "2 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT 1, 0, 'bob', i FROM n",
                  kCommentsMax - 1)));
  ASSERT_TRUE(stores_.alerts->comment(1, "ann", "last"));
  EXPECT_EQ(stores_.alerts->comment(1, "ann", "x").error().code, Code::limit);
  EXPECT_EQ(stores_.alerts->comment(9, "ann", "x").error().code, Code::unknown_name);
  const auto comments = stores_.alerts->comments(1);
  ASSERT_TRUE(comments);
  EXPECT_EQ(comments->size(), static_cast<std::size_t>(kCommentsMax));
  EXPECT_EQ(comments->front().text, "first");
  EXPECT_EQ(comments->back().text, "last");
}

TEST_F(AlertsTest, survive_a_restart) {
  raise(alert_record("1"));
  ASSERT_TRUE(stores_.alerts->comment(1, "ann", "seen"));
  stores_.open();
  EXPECT_EQ(stores_.alerts->get(1)->title, "dumping");
  EXPECT_EQ(stores_.alerts->comments(1)->size(), 1U);
  raise(alert_record("1"));
  EXPECT_THAT(numbers({}), ElementsAre(1)) << "the same id is the same alert";
}

// Nodes send again what was not committed in time.
TEST(Alerts, that_come_again_take_no_number_and_no_room) {
  Stores stores({.alerts_max = 3});
  for (int again = 0; again < 10; ++again) {
    ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("1"), alert_record("2")}));
    if (again % 3 == 0) stores.open();
  }
  ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("3")}));
  EXPECT_EQ(stores.alerts->get(3)->id, "3");
  EXPECT_TRUE(stores.alerts->get(1)) << "three are kept";
  EXPECT_EQ(stores.alerts->count(), 3);
  EXPECT_EQ(stores.ingest->counts().alerts_removed, 0U);
  ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("1"), alert_record("4")}));
  stores.open();
  EXPECT_FALSE(stores.alerts->get(1));
  EXPECT_EQ(stores.alerts->get(4)->id, "4");
  EXPECT_EQ(stores.alerts->count(), 3);
  EXPECT_EQ(stores.alerts->list({})->alerts.size(), 3U);
}

TEST(Alerts, the_oldest_go_and_their_numbers_stay_theirs) {
  Stores stores({.alerts_max = 3});
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record(std::to_string(i))}));
    if (i == 1) {
      ASSERT_TRUE(stores.alerts->comment(1, "ann", "seen"));
    }
  }
  EXPECT_EQ(stores.alerts->count(), 3);
  EXPECT_FALSE(stores.alerts->get(2));
  EXPECT_TRUE(stores.alerts->comments(1)->empty()) << "gone with its alert";
  EXPECT_EQ(stores.ingest->counts().alerts_removed, 2U);
  ASSERT_TRUE(stores.database->execute("DELETE FROM alert"));
  stores.open();
  ASSERT_TRUE(stores.commit(link::Class::alert, {alert_record("6")}));
  EXPECT_TRUE(stores.alerts->get(6));
}

}  // namespace
}  // namespace weir::hub
