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
  const data::Value value = *data::parse_json(R"({"a": {"b": [1, {"c": "x"}], "d": []}, "e": ""})");
  EXPECT_EQ(tree(value),
            "a:\n"
            "  b:\n"
            "    - 1\n"
            "    -\n"
            "      c: x\n"
            "  d: []\n"
            "e: \n");
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

}  // namespace
}  // namespace weir::cli
