// The limits of the parser, and what depth it takes.
#include "expr/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "expr/eval.h"

namespace weir::expr {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Parser, refuses_text_that_is_too_long) {
  const auto parsed = parse(repeated("1 + ", 250'000) + "1");  // 1 MB
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, base::Code::limit);
  EXPECT_EQ(parsed.error().message, "1:1: the expression has 1000001 bytes, more than 65536");
}

// Each way to nest, ten thousand deep.
TEST(Parser, refuses_what_is_nested_too_deep) {
  constexpr std::size_t kDeep = 10'000;
  const std::string texts[] = {
      repeated("(", kDeep) + "1" + repeated(")", kDeep),
      repeated("[", kDeep) + repeated("]", kDeep),
      repeated("{1:", kDeep) + "1" + repeated("}", kDeep),
      repeated("!", kDeep) + "true",
      repeated("-", kDeep) + "x",
      repeated("f(", kDeep) + "1" + repeated(")", kDeep),
      "x" + repeated(".f(", kDeep),
      "x" + repeated(".a", kDeep),
      "x" + repeated("[0]", kDeep),
      repeated("x[", kDeep),
      repeated("a?b:", kDeep) + "c",
      "1" + repeated("+1", kDeep),
      "1" + repeated("==1", kDeep),
      repeated("T{a:", kDeep),
      repeated("(", kDeep),
  };
  for (const std::string& text : texts) {
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed.has_value()) << text.substr(0, 20);
    EXPECT_EQ(parsed.error().code, base::Code::limit)
        << text.substr(0, 20) << ": " << parsed.error().message;
    EXPECT_THAT(parsed.error().message, HasSubstr("nested deeper than 250 levels"));
  }
}

TEST(Parser, takes_what_is_long_but_not_deep) {
  EXPECT_TRUE(parse("[" + repeated("1,", 10'000) + "]").has_value());
  EXPECT_EQ(eval_json("true" + repeated(" && true", 5'000), ""),
            R"({"type": "bool", "value": true})");
  EXPECT_EQ(eval_json("size('" + repeated("a", 60'000) + "')", ""),
            R"({"type": "int", "value": 60000})");
  EXPECT_EQ(eval_json("size({" + repeated("'k': 1,", 1) + "})", ""),
            R"({"type": "int", "value": 1})");
}

// The language definition asks for 32 levels, and 32 of each repetition.
TEST(Parser, takes_more_levels_than_the_language_asks_for) {
  constexpr std::size_t kLevels = 100;
  EXPECT_EQ(eval_json(repeated("(", kLevels) + "7" + repeated(")", kLevels), ""),
            R"({"type": "int", "value": 7})");
  EXPECT_EQ(eval_json("0" + repeated(" + 1", kLevels), ""), R"({"type": "int", "value": 100})");
  EXPECT_EQ(eval_json(repeated("false ? 0 : ", kLevels) + "1", ""),
            R"({"type": "int", "value": 1})");
  EXPECT_EQ(
      eval_json(repeated("[", kLevels) + "5" + repeated("]", kLevels) + repeated("[0]", kLevels),
                ""),
      R"({"type": "int", "value": 5})");
  EXPECT_EQ(eval_json(repeated("int(uint(", 50) + "7" + repeated("))", 50), ""),
            R"({"type": "int", "value": 7})");
  EXPECT_EQ(eval_json(repeated("!", kLevels) + "true", ""), R"({"type": "bool", "value": true})");
}

// The stack holds what the parser lets through, also where sanitizers make frames large.
TEST(Parser, the_deepest_expression_is_evaluated) {
  constexpr std::size_t kLevels = kDepthMax - 1;
  const std::string texts[] = {
      repeated("(", kLevels) + "1" + repeated(")", kLevels),
      repeated("-(", kLevels / 2) + "x" + repeated(")", kLevels / 2),
      "x" + repeated(" + 1", kLevels),
      repeated("[", kLevels) + "x" + repeated("]", kLevels),
      repeated("true || false && 1 == 1 + 2 * (", kLevels / 6) + "x" + repeated(")", kLevels / 6),
      repeated("dyn(", kLevels) + "x" + repeated(")", kLevels),
      repeated("x > 0 ? x : ", kLevels - 1) + "x",
      "y" + repeated(".y", kLevels),
  };
  for (const std::string& text : texts) {
    EXPECT_TRUE(parse(text).has_value()) << text.substr(0, 40);
    const auto result = eval_json(text, R"({"x": 1, "y": {}})");
    if (result) continue;
    EXPECT_NE(result.error().code, base::Code::limit) << result.error().message;
  }
}

TEST(Parser, refuses_text_that_is_not_utf8) {
  const auto parsed = parse("'a\xff'");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().message, "1:1: the expression is not UTF-8 from byte 2 on");
}

TEST(Parser, refuses_a_pattern_that_is_too_long) {
  const auto result = eval_json("'a'.matches('" + repeated("a", 5'000) + "')", "");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "1:5: the pattern has 5000 bytes, more than 4096");
}

TEST(Parser, refuses_rows_that_are_no_object) {
  EXPECT_THAT(eval_json("1", "[1]").error().message,
              HasSubstr("the row is a JSON list, expected an object"));
  EXPECT_THAT(eval_json("1", "{").error().message, HasSubstr("the row: "));
}

// Each level doubles the text: with eight of them 100 KB become 25 MB.
TEST(Parser, bounds_what_joining_makes) {
  std::string text = "x";
  for (int i = 0; i < 8; ++i) text = "(" + text + " + " + text + ")";
  const std::string row = R"({"x": ")" + repeated("a", 100'000) + R"("})";
  const auto result = eval_json("size(" + text + ")", row);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::limit);
  EXPECT_THAT(result.error().message, HasSubstr("more than 16777216"));
}

}  // namespace
}  // namespace weir::expr
