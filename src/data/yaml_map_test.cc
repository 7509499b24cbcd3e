// Reading keys: what is taken, what is missing, what nobody knows.
#include "data/yaml_map.h"

#include <gtest/gtest.h>

#include <array>

namespace weir::data {
namespace {

class YamlMapTest : public testing::Test {
 protected:
  void parse(std::string_view text) { node_ = parse_yaml(text)->front(); }
  YamlMap map() { return YamlMap(node_, "a thing", "f", diagnostics_); }

  Node node_;
  Diagnostics diagnostics_;
};

TEST_F(YamlMapTest, TakesWhatIsThere) {
  parse("{name: a-1, text: 5, flag: True, none: ~, list: [a]}");
  YamlMap keys = map();
  EXPECT_EQ(keys.required_name("name"), "a-1");
  EXPECT_EQ(keys.text("text"), "5");
  EXPECT_EQ(keys.flag("flag"), true);
  EXPECT_EQ(keys.take("none"), nullptr);
  EXPECT_EQ(keys.take("list")->items().size(), 1U);
  EXPECT_EQ(keys.text("absent"), std::nullopt);
  keys.finish();
  EXPECT_EQ(diagnostics_.text(), "");
}

TEST_F(YamlMapTest, ReportsWhatIsWrongAndGoesOn) {
  parse("{name: a b, text: [a], flag: 1, nmae: x}");
  YamlMap keys = map();
  keys.required_name("name");
  keys.text("text");
  keys.flag("flag");
  keys.require("need");
  keys.finish();
  EXPECT_EQ(diagnostics_.text(),
            "f:1:1: a thing has no 'need'\n"
            "f:1:8: 'a b' is no name, expected letters, digits, '-' and '_', at most 63, beginning "
            "with a letter or digit\n"
            "f:1:19: 'text' of a thing is a list, expected a text\n"
            "f:1:30: 'flag' of a thing is an int64 '1', expected true or false\n"
            "f:1:33: a thing has no key 'nmae', expected name, text, flag or need\n");
}

TEST_F(YamlMapTest, SaysThatANodeIsNoMap) {
  parse("[a]");
  YamlMap keys = map();
  EXPECT_EQ(keys.require("name"), nullptr);
  keys.finish();
  EXPECT_EQ(diagnostics_.text(), "f:1:1: a thing is a list, expected a map\n");
}

TEST(YamlMapWords, DescribeNodesBriefly) {
  EXPECT_EQ(describe(parse_yaml("~")->front()), "null");
  EXPECT_EQ(describe(parse_yaml("1.5")->front()), "a float64 '1.5'");
  const std::string a(39, 'a');
  EXPECT_EQ(describe(parse_yaml(a + "éé")->front()), "a string '" + a + "…'");
}

TEST(YamlMapWords, KnowNames) {
  EXPECT_TRUE(valid_name("camera-1"));
  EXPECT_TRUE(valid_name("1st_camera"));
  EXPECT_TRUE(valid_name(std::string(kNameBytesMax, 'a')));
  for (const char* text : {"", "-a", "a.b", "a b", "é"}) EXPECT_FALSE(valid_name(text)) << text;
  EXPECT_FALSE(valid_name(std::string(kNameBytesMax + 1, 'a')));
  EXPECT_TRUE(valid_identifier("_a1"));
  for (const char* text : {"", "1a", "a-b", "a.b"}) EXPECT_FALSE(valid_identifier(text)) << text;
}

TEST(YamlMapWords, ListAlternatives) {
  constexpr std::array<std::string_view, 3> kNames = {"a", "b", "c"};
  EXPECT_EQ(alternatives(kNames), "a, b or c");
  EXPECT_EQ(alternatives(std::span(kNames).first(1)), "a");
  EXPECT_EQ(suggestion("zzzz", kNames), "");
}

}  // namespace
}  // namespace weir::data
