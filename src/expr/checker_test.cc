// What compile() refuses in the pipeline dialect, and what it says.
#include "expr/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/expression.h"

namespace weir::expr {
namespace {

using testing::StartsWith;

data::SchemaRef schema() {
  using data::Kind;
  const data::Type object =
      data::Type::structure({{"label", Kind::string}, {"score", Kind::float64}});
  return data::make_schema({{"n", Kind::int64},
                            {"x", Kind::float64},
                            {"label", Kind::string},
                            {"ok", Kind::boolean},
                            {"intrusion.label", Kind::string},
                            {"objects", data::Type::list(object)},
                            {"best", object},
                            {"image", Kind::image}});
}

std::string refused(std::string_view text, const Options& options = {}) {
  auto expression = Expression::compile(text, *schema(), options);
  EXPECT_FALSE(expression.has_value()) << text << " was accepted";
  return expression ? "" : expression.error().message;
}

TEST(Checker, refuses_what_cannot_be) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"temprature > 3", "1:1: there is no column 'temprature'; there are: n, x, label"},
      {"intrusion.labl == 'a'",
       "1:1: there is no column 'intrusion.labl'; did you mean 'intrusion.label'?"},
      {"n + x", "1:3: '+' does not take int and double; write double(…) around the int"},
      {"n * 0.5", "1:3: '*' does not take int and double; write double(…)"},
      {"label + 1", "1:7: '+' does not take string and int"},
      {"label == 1", "1:7: '==' does not take string and int"},
      {"label < n", "1:7: '<' does not take string and int"},
      {"objects < objects", "1:9: '<' does not take list<struct<label:string,score:float64>>"},
      {"n && ok", "1:3: '&&' takes bool, not int"},
      {"!n", "1:1: '!' takes bool, not int"},
      {"-label", "1:1: '-' does not take string"},
      {"n == null",
       "1:3: '==' does not take int and null; has(column) says whether there is a value"},
      {"n ? 1 : 2", "1:3: a condition before '?' is a bool, not int"},
      {"ok ? 1 : 'a'", "1:4: what stands around ':' is of one type, not of int and string"},
      {"n in ['a']", "1:3: 'in' does not take int and list<string>"},
      {"'a' in label", "1:5: 'in' does not take string and string"},
      {"n[0]", "1:2: int has no elements"},
      {"objects['a']", "1:8: a list is indexed by an int, not by string"},
      {"best['label']",
       "1:5: struct<label:string,score:float64> has no elements; a field is written with a point"},
      {"n.a", "1:3: int has no field 'a'"},
      {"best.scor",
       "1:6: struct<label:string,score:float64> has no field 'scor'; did you mean 'score'?"},
      {"has(best.scor)", "1:1: struct<label:string,score:float64> has no field 'scor'"},
      {"has(nothing)", "1:5: there is no column 'nothing'"},
      {"has(n + 1)", "1:1: has() takes a column or a field"},
      {"image == image", "1:1: 'image' holds pictures or packets"},
      {"size(n)", "1:1: 'size' does not take int; expected string, or bytes, or list, or map"},
      {"startsWith(label, 'a')", "1:1: 'startsWith' is written behind its object: x.startsWith(…)"},
      {"n.int()", "1:3: 'int' is written before its operand: int(x)"},
      {"siz(label)", "1:1: there is no function 'siz'; did you mean 'size'?"},
      {"label.matches('(')", "1:7: the pattern is refused: missing ): ("},
      {"{n: 1, x: 2}", "1:1: a map's key is an int, uint, bool or string, not double"},
      {"objects.all(o, o.score > 0.5)", "1:9: function 'all' is not there yet"},
      {"ok &&\n  n > 'a'", "2:5: '>' does not take int and string"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(refused(text), StartsWith(message)) << text;
  EXPECT_EQ(refused("n + 1", {.expected = data::Kind::boolean}),
            "1:3: the expression gives int64, expected bool");
}

TEST(Checker, codes_say_what_kind_of_mistake_it_is) {
  const auto code = [](std::string_view text) {
    return Expression::compile(text, *schema()).error().code;
  };
  EXPECT_EQ(code("1 +"), base::Code::invalid);
  EXPECT_EQ(code("nothing"), base::Code::unknown_name);
  EXPECT_EQ(code("n + label"), base::Code::wrong_type);
  EXPECT_EQ(code("objects.exists(o, true)"), base::Code::not_yet);
  EXPECT_EQ(code(std::string(1'000'000, ' ')), base::Code::limit);
}

}  // namespace
}  // namespace weir::expr
