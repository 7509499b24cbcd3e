// Pages by name.
#include "net/page.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace weir::net {
namespace {

struct Item {
  std::string name;
};

base::Result<Response> ask(TextMap query) {
  const auto list = [](std::string_view after,
                       std::size_t count) -> base::Result<std::vector<Item>> {
    static const std::set<std::string, std::less<>> kNames = {"a", "b", "c", "d"};
    std::vector<Item> items;
    for (auto at = kNames.upper_bound(after); at != kNames.end() && items.size() < count; ++at)
      items.push_back({*at});
    return items;
  };
  const auto write = [](data::JsonWriter& json, const Item& item) { json.text("", item.name); };
  Request request;
  request.query = std::move(query);
  return answer_page(request, 4, list, write);
}

TEST(Page, names_a_next_one_only_where_there_is_one) {
  EXPECT_EQ(ask({{"limit", "3"}})->body, R"({"items":["a","b","c"],"next":"c"})");
  EXPECT_EQ(ask({{"limit", "3"}, {"after", "c"}})->body, R"({"items":["d"]})");
  EXPECT_EQ(ask({{"limit", "2"}, {"after", "b"}})->body, R"({"items":["c","d"]})");
  EXPECT_EQ(ask({})->body, R"({"items":["a","b","c","d"]})");
  EXPECT_EQ(ask({{"after", "x"}})->body, R"({"items":[]})");
}

TEST(Page, tells_what_is_wrong_in_the_query) {
  for (const TextMap& query : {TextMap{{"limit", "0"}}, TextMap{{"limit", "5"}},
                               TextMap{{"limit", "x"}}, TextMap{{"before", "a"}}}) {
    const auto page = ask(query);
    ASSERT_FALSE(page) << query.begin()->second;
    EXPECT_EQ(page.error().code, base::Code::invalid);
  }
}

}  // namespace
}  // namespace weir::net
