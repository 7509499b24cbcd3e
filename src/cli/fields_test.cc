// Answers of a server as people read them.
#include "cli/fields.h"

#include <gtest/gtest.h>

#include "cli/table.h"
#include "data/json.h"

namespace weir::cli {
namespace {

TEST(Fields, read_as_empty_what_is_not_there) {
  const data::Value value =
      *data::parse_json(R"({"a": "x", "n": 3, "f": 1.5, "none": null, "list": [1, 2]})");
  EXPECT_EQ(text_at(value, "a"), "x");
  EXPECT_EQ(text_at(value, "n"), "3");
  EXPECT_EQ(text_at(value, "none"), "");
  EXPECT_EQ(text_at(value, "zzz"), "");
  EXPECT_EQ(number_at(value, "f"), 1.5);
  EXPECT_EQ(number_at(value, "a"), 0);
  EXPECT_EQ(list_at(value, "list").size(), 2u);
  EXPECT_TRUE(list_at(value, "a").empty());
  EXPECT_EQ(text_at(object_at(value, "a"), "b"), "");
}

TEST(Fields, are_shown_as_a_tree) {
  const data::Value value = *data::parse_json(
      R"({"a": {"b": [1, {"c": "x", "f": [[0.5, 1]]}], "d": []}, "e": "", "g": [1, "h"]})");
  EXPECT_EQ(tree(value),
            "a:\n"
            "  b:\n"
            "    - 1\n"
            "    - c: x\n"
            "      f:\n"
            "        - [0.5,1]\n"
            "  d: []\n"
            "e: \n"
            "g: [1,\"h\"]\n");
}

TEST(Fields, cannot_reach_the_terminal) {
  const data::Value value = *data::parse_json(R"({"a\u001b[31m": "b\n\u0007", "l": ["\u001b"]})");
  EXPECT_EQ(tree(value), "a\\x1b[31m: b\\x0a\\x07\nl: [\"\\u001b\"]\n");
  Table table({"STATE"});
  table.add({"\x1b]0;x\a\n"});
  EXPECT_EQ(table.text(), "STATE\n\\x1b]0;x\\x07\\x0a\n");
}

TEST(Fields, an_age_has_at_most_two_units) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(age(-kSecond), "0s");
  EXPECT_EQ(age(5 * kSecond + 999'999'999), "5s");
  EXPECT_EQ(age(192 * kSecond), "3m12s");
  EXPECT_EQ(age((2 * 3600 + 61) * kSecond), "2h1m");
  EXPECT_EQ(age((52 * 3600 + 1800) * kSecond), "2d4h");
}

TEST(Table, has_columns_as_wide_as_their_widest_cell) {
  Table table({"NAME", "STATE"});
  table.add({"größer", "x"});
  table.add({"a", ""});
  EXPECT_EQ(table.text(),
            "NAME    STATE\n"
            "größer  x\n"
            "a\n");
}

TEST(Table, sets_columns_of_numbers_flush_right) {
  Table table({"IN/S", "IN", "STEP"});
  table.add({"9.5", "1234", "1st"});
  table.add({"10.0", "", "22"});
  EXPECT_EQ(table.text(),
            "IN/S    IN  STEP\n"
            " 9.5  1234  1st\n"
            "10.0        22\n");
}

}  // namespace
}  // namespace weir::cli
