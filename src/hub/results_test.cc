// Results: kept once, found by what is asked, read page by page, forgotten from the oldest on.
#include "hub/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/stores_test.h"

namespace weir::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

link::Record record(std::string id, std::int64_t time_ns) {
  return {.id = std::move(id), .time_ns = time_ns, .body = R"({"t":1.5})"};
}

std::vector<std::string> ids(const Results& results, const ResultFilter& filter) {
  const auto page = results.list(filter);
  EXPECT_TRUE(page) << page.error().message;
  std::vector<std::string> out;
  for (const StoredResult& result : page->results) out.push_back(result.id);
  return out;
}

TEST(Results, are_found_by_what_is_asked) {
  Stores stores;
  ASSERT_TRUE(stores.commit(link::Class::result, {record("a", 1), record("b", 2)}));
  ASSERT_TRUE(stores.commit(link::Class::bulk, {record("c", 3)}));
  const Results& results = *stores.results;
  EXPECT_THAT(ids(results, {}), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids(results, {.of = link::Class::bulk}), ElementsAre("c"));
  EXPECT_THAT(ids(results, {.node = "gate", .since_ns = 2}), ElementsAre("c", "b"));
  EXPECT_THAT(ids(results, {.until_ns = 2}), ElementsAre("a"));
  EXPECT_THAT(ids(results, {.node = "other"}), IsEmpty());
  const auto page = results.list({.limit = 1});
  EXPECT_EQ(page->results.front().body, R"({"t":1.5})");
  EXPECT_EQ(page->results.front().received_ns, stores.clock.wall_ns());
  EXPECT_THAT(ids(results, {.before = page->next}), ElementsAre("b", "a"));
}

TEST(Results, are_kept_once) {
  Stores stores;
  ASSERT_TRUE(stores.commit(link::Class::result, {record("a", 1), record("a", 9)}));
  ASSERT_TRUE(stores.commit(link::Class::result, {record("a", 1), record("b", 2)}));
  EXPECT_THAT(ids(*stores.results, {}), ElementsAre("b", "a"));
  EXPECT_EQ(stores.ingest->counts().kept[1], 2U);
  EXPECT_EQ(stores.ingest->counts().duplicates[1], 2U);
}

TEST(Results, the_oldest_go) {
  Stores stores({.results_max = 3});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(stores.commit(link::Class::result, {record(std::to_string(i), i)}));
  }
  EXPECT_THAT(ids(*stores.results, {}), ElementsAre("9", "8", "7"));
  EXPECT_EQ(stores.ingest->counts().results_removed, 7U);
  EXPECT_EQ(stores.results->count(), 3);
}

TEST(Results, an_answer_ends_before_it_is_too_large) {
  Stores stores;
  const std::string body = R"({"x":")" + std::string(link::kBodyBytesMax - 16, 'x') + "\"}";
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(
        stores.commit(link::Class::bulk, {{.id = std::to_string(i), .time_ns = i, .body = body}}));
  }
  const auto first = stores.results->list({});
  EXPECT_LT(first->results.size(), 12U);
  EXPECT_NE(first->next, 0);
  const auto second = stores.results->list({.before = first->next});
  EXPECT_EQ(first->results.size() + second->results.size(), 12U);
  EXPECT_EQ(second->next, 0);
}

}  // namespace
}  // namespace weir::hub
