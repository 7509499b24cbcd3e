// YAML documents: trees with places, types of scalars, and everything that is refused.
#include "data/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir::data {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Node one(std::string_view text) {
  const auto documents = parse_yaml(text);
  EXPECT_TRUE(documents) << documents.error().message;
  if (!documents || documents->empty()) return Node();
  EXPECT_EQ(documents->size(), 1U);
  return documents->front();
}

std::string mistake(std::string_view text) {
  const auto documents = parse_yaml(text);
  EXPECT_FALSE(documents) << text.substr(0, 80);
  return documents ? "" : documents.error().message;
}

Value value(std::string_view text) {
  const auto value = to_value(one(text));
  EXPECT_TRUE(value) << value.error().message;
  return value ? *value : Value();
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Yaml, KnowsWhereEachNodeStands) {
  const Node root = one("a: 1\nb:\n  - x\n  - {c: \"y\", d: z}\n");
  ASSERT_TRUE(root.is_mapping());
  EXPECT_EQ(root.position(), (Position{1, 1}));
  ASSERT_EQ(root.members().size(), 2U);
  EXPECT_EQ(root.members()[1].position, (Position{2, 1}));
  const Node& list = *root.find("b");
  EXPECT_EQ(list.position(), (Position{3, 3}));
  EXPECT_EQ(list.items()[0].position(), (Position{3, 5}));
  const Node& map = list.items()[1];
  EXPECT_EQ(map.members()[0].position, (Position{4, 6}));
  EXPECT_EQ(map.find("c")->position(), (Position{4, 9}));
  EXPECT_TRUE(map.find("c")->quoted());
  EXPECT_FALSE(map.find("d")->quoted());
  EXPECT_EQ(map.find("e"), nullptr);
}

TEST(Yaml, CountsCharactersNotBytes) {
  EXPECT_EQ(one("{é: 'ü', b: c}").find("b")->position(), (Position{1, 13}));
  EXPECT_EQ(one("\xEF\xBB\xBF{a: b}").find("a")->position(), (Position{1, 5}));
  EXPECT_EQ(one("a: 1\r\nb: 2\r\n").find("b")->position(), (Position{2, 4}));
}

TEST(Yaml, ReadsDocumentsInOrder) {
  const auto documents = parse_yaml("a\n---\n- b\n---\n# nothing\n");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 3U);
  EXPECT_EQ((*documents)[0].text(), "a");
  EXPECT_TRUE((*documents)[1].is_sequence());
  EXPECT_TRUE((*documents)[2].is_null());
  EXPECT_TRUE(parse_yaml("")->empty());
}

TEST(Yaml, ReturnsTheDocumentsBeforeAMistake) {
  Diagnostics diagnostics;
  const auto documents = parse_yaml("a\n---\nb: {\n", "f.yaml", diagnostics);
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].text(), "a");
  EXPECT_THAT(diagnostics.text(), StartsWith("f.yaml:"));
}

TEST(Yaml, TypesPlainScalarsByTheCoreSchema) {
  EXPECT_EQ(value("~"), Value());
  EXPECT_EQ(value("true"), Value(true));
  EXPECT_EQ(value("False"), Value(false));
  EXPECT_EQ(value("yes"), Value("yes"));
  EXPECT_EQ(value("'1'"), Value("1"));
  EXPECT_EQ(value("-12"), Value(-12));
  EXPECT_EQ(value("007"), Value(7));
  EXPECT_EQ(value("0o17"), Value(15));
  EXPECT_EQ(value("0xfF"), Value(255));
  EXPECT_EQ(value("-9223372036854775808"), Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(value("1.5e3"), Value(1500.0));
  EXPECT_EQ(value(".5"), Value(0.5));
  EXPECT_EQ(value("-.inf"), Value(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(value("inf"), Value("inf"));
  EXPECT_EQ(value("nan"), Value("nan"));
  EXPECT_EQ(value("."), Value("."));
  EXPECT_EQ(value("1e999"), Value("1e999"));
  EXPECT_EQ(value("2026-03-01"), Value("2026-03-01"));
  EXPECT_EQ(value("[1, {a: b}]"), Value(List{Value(1), Value(Map{{Value("a"), Value("b")}})}));
}

TEST(Yaml, RefusesIntegersBeyond64Bits) {
  const auto value = to_value(one("- 9223372036854775808"));
  ASSERT_FALSE(value);
  EXPECT_THAT(value.error().message, StartsWith("1:3: '9223372036854775808'"));
}

TEST(Yaml, SharesContentOfAliasesButNotTheirPlace) {
  const Node root = one("- &a {x: 1}\n- *a\n");
  EXPECT_EQ(root.items()[1].find("x")->text(), "1");
  EXPECT_EQ(root.items()[1].position(), (Position{2, 3}));
}

TEST(Yaml, RefusesDuplicateKeys) {
  EXPECT_EQ(mistake("a: 1\nb: 2\na: 3\n"), "3:1: key 'a' is given twice, first in line 1");
  EXPECT_THAT(mistake("{a: 1, \"a\": 2}"), StartsWith("1:8: key 'a'"));
}

TEST(Yaml, RefusesAnAliasInItsOwnNode) {
  EXPECT_THAT(mistake("&a [*a]"), StartsWith("1:5: an alias stands inside"));
  EXPECT_THAT(mistake("a: &a\n  b: {c: *a}\n"), StartsWith("2:10: an alias stands inside"));
}

TEST(Yaml, RefusesAliasesThatMultiply) {
  std::string bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(mistake(bomb), HasSubstr("more than 100000 values, aliases followed"));
}

TEST(Yaml, RefusesDepthByAliases) {
  std::string chain = "- &a0 [x]\n";
  for (std::size_t i = 1; i <= kYamlDepthMax; ++i) {
    chain += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_THAT(mistake(chain), HasSubstr("nested deeper than 64"));
}

TEST(Yaml, RefusesNestingOfAnyDepth) {
  EXPECT_TRUE(parse_yaml(repeat("[", kYamlDepthMax) + repeat("]", kYamlDepthMax)));
  for (const std::size_t depth : {kYamlDepthMax + 1, std::size_t{10'000}, std::size_t{100'000}}) {
    EXPECT_THAT(mistake(repeat("[", depth) + repeat("]", depth)), HasSubstr("nested deeper"));
    EXPECT_THAT(mistake(repeat("- ", depth) + "a"), HasSubstr("nested deeper"));
  }
  EXPECT_THAT(mistake(repeat("{a: ", 10'000) + repeat("}", 10'000)), HasSubstr("nested deeper"));
  EXPECT_FALSE(parse_yaml(repeat("[", 10'000)));
  EXPECT_FALSE(parse_yaml(repeat("{? ", 10'000)));
}

TEST(Yaml, RefusesWhatIsTooLarge) {
  EXPECT_THAT(mistake(repeat("- abc\n", 10'000'000 / 6)), HasSubstr("more than 1048576 bytes"));
  EXPECT_TRUE(parse_yaml("# " + std::string(kYamlBytesMax - 2, 'x')));
  EXPECT_THAT(mistake(repeat("- a\n", kYamlNodesMax)), HasSubstr("more than 100000 values"));
  for (const std::string mark : {"[", "{", "[],", "{a: 1},", "1,"}) {
    EXPECT_THAT(mistake(repeat("[" + mark, kYamlNodesMax)),
                HasSubstr("more than 100000 of '[', '{' and ','"))
        << mark;
  }
}

TEST(Yaml, RefusesWhatIsNoText) {
  EXPECT_EQ(mistake("a: b\nc: \xE9t\xE9\n"), "2:4: byte 8 is not UTF-8, expected a text in UTF-8");
  EXPECT_THAT(mistake(std::string_view("a: \0", 4)), HasSubstr("1:4: control character 0"));
  EXPECT_THAT(mistake(std::string_view("\xFF\xFE"
                                       "a\0",
                                       4)),
              HasSubstr("byte 0 is not UTF-8"));
  EXPECT_THAT(mistake("a: \x04 b"), HasSubstr("control character 4"));
}

TEST(Yaml, RefusesKeysThatAreNoNames) {
  for (const char* text : {"[a]: b", "{a: b}: c", "~: a", "? [a]\n: b", "&a b: c\n*a : d\n"}) {
    EXPECT_THAT(mistake(text), HasSubstr("a key that is not plain text")) << text;
  }
}

TEST(Yaml, RefusesTags) {
  EXPECT_THAT(mistake("a: !!int 5"), StartsWith("1:4: tag 'tag:yaml.org,2002:int'"));
  EXPECT_THAT(mistake("!mine {a: b}"), StartsWith("1:1: tag '!mine'"));
}

TEST(Yaml, RefusesTextThatEndsTooEarlyOrTooLate) {
  EXPECT_THAT(mistake("a: \"x\nb: c\n"), StartsWith("1:4: a quoted text begins here and never"));
  EXPECT_THAT(mistake("a: 'x''\nb: c\n"), StartsWith("1:4: a quoted text begins here and never"));
  EXPECT_THAT(mistake("a: &b 'x\n"), HasSubstr("a quoted text begins here and never"));
  EXPECT_EQ(one("'it''s'").text(), "it's");
  EXPECT_EQ(one("\"a \\\" b\"").text(), "a \" b");
  EXPECT_THAT(mistake("a: [1, 2\n"), HasSubstr("a list begun with '[' has no ']'"));
  EXPECT_THAT(mistake("[1, 2] x"), StartsWith("1:8: text after the end"));
  EXPECT_THAT(mistake("a: b: c"), StartsWith("1:5: not YAML"));
}

}  // namespace
}  // namespace weir::data
