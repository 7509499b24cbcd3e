// Products: the unified device model read from YAML. Mistakes are in
// tests/golden/documents/product_mistakes.
#include "device/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir::device {
namespace {

using data::Kind;
using data::List;
using data::Value;
using testing::HasSubstr;

constexpr std::string_view kMeter = R"(kind: Product
name: meter
description: Measures.
properties:
  power: {type: float64, unit: kW, description: Now.}
  picture: {type: stream, sensitive: false}
actions:
  reset: {description: Sets the count to 0.}
  limit: {input: float64}
events:
  alarm: {data: "struct<code:int64>"}
attributes:
  place: {type: region}
  site: {type: string}
)";

TEST(Product, ReadsAllItsParts) {
  data::Diagnostics diagnostics;
  const auto product = parse_product(data::parse_yaml(kMeter)->front(), "m.yaml", diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  ASSERT_TRUE(product);
  EXPECT_EQ(product->name, "meter");
  EXPECT_EQ(product->file, "m.yaml");
  EXPECT_EQ(product->property("power")->type.type, data::Type(Kind::float64));
  EXPECT_EQ(product->property("power")->unit, "kW");
  EXPECT_EQ(product->property("picture")->type.form, ValueType::Form::stream);
  ASSERT_EQ(product->actions.size(), 2U);
  EXPECT_FALSE(product->actions[0].input);
  EXPECT_EQ(product->actions[1].input->name(), "float64");
  EXPECT_EQ(product->events[0].data->name(), "struct<code:int64>");
  EXPECT_EQ(product->attribute("place")->type.name(), "region");
  EXPECT_EQ(product->attribute("power"), nullptr);
  EXPECT_EQ(product->property("site"), nullptr);
}

TEST(ValueType, KnowsTheTypesThatCanBeWritten) {
  for (const char* name : {"bool", "int64", "list<float64>", "stream", "region", "value"}) {
    ASSERT_TRUE(parse_value_type(name)) << name;
    EXPECT_EQ(parse_value_type(name)->name(), name);
  }
  for (const char* name : {"image", "packet", "list<image>", "struct<a:packet>", "", "strem"}) {
    EXPECT_FALSE(parse_value_type(name)) << name;
  }
}

Value read(std::string_view type, std::string_view yaml) {
  const auto written = data::to_value(data::parse_yaml(yaml)->front());
  const auto value = read_value(*parse_value_type(type), *written);
  EXPECT_TRUE(value) << value.error().message;
  return value ? *value : Value();
}

std::string refusal(std::string_view type, std::string_view yaml) {
  const auto written = data::to_value(data::parse_yaml(yaml)->front());
  const auto value = read_value(*parse_value_type(type), *written);
  EXPECT_FALSE(value) << yaml;
  return value ? "" : value.error().message;
}

TEST(ReadValue, MakesValuesOfTheirType) {
  EXPECT_EQ(read("float64", "5"), Value(5.0));
  EXPECT_EQ(read("int64", "5"), Value(5));
  EXPECT_EQ(read("duration", "1m30s"), Value(data::Duration{90'000'000'000}));
  EXPECT_EQ(read("timestamp", "1970-01-01T00:00:01Z"), Value(data::Timestamp{1'000'000'000}));
  EXPECT_EQ(read("bytes", "aGk="), Value(data::Bytes{"hi"}));
  EXPECT_EQ(read("list<float64>", "[1, 2.5]"), Value(List{Value(1.0), Value(2.5)}));
  EXPECT_EQ(read("struct<a:float64,b:string>", "{b: x, a: 1}"),
            Value(data::Map{{Value("a"), Value(1.0)}, {Value("b"), Value("x")}}));
  EXPECT_EQ(read("value", "[1, a]"), Value(List{Value(1), Value("a")}));
}

TEST(ReadValue, SaysWhatWasExpected) {
  EXPECT_EQ(refusal("int64", "1.5"), "expected int64, found float64 1.5");
  EXPECT_EQ(refusal("string", "5"), "expected string (in quotes), found int64 5");
  EXPECT_EQ(refusal("bool", "'true'"), "expected bool (true or false), found string 'true'");
  EXPECT_EQ(refusal("float64", ".nan"), "expected float64, found float64 nan");
  EXPECT_EQ(refusal("list<int64>", "[1, a]"), "expected int64, found string 'a'");
  EXPECT_THAT(refusal("duration", "90"), HasSubstr("such as 250ms"));
  EXPECT_THAT(refusal("struct<a:int64>", "{b: 1}"), HasSubstr("unknown key 'b', expected a"));
  EXPECT_THAT(refusal("struct<a:int64>", "{}"), HasSubstr("no 'a'"));
  EXPECT_THAT(refusal("stream", "x"), HasSubstr("cannot be written down"));
}

TEST(ReadValue, MakesAPolygonOfARectangle) {
  const Value polygon = read("region", "{x: 0.7, y: 0, width: 0.3, height: 1}");
  const auto point = [](double x, double y) { return Value(List{Value(x), Value(y)}); };
  EXPECT_EQ(polygon, Value(List{point(0.7, 0), point(1, 0), point(1, 1), point(0.7, 1)}));
  EXPECT_EQ(read("region", "[[0, 0], [1, 0], [1, 1]]"),
            Value(List{point(0, 0), point(1, 0), point(1, 1)}));
}

TEST(ReadValue, RefusesRegionsThatLeaveThePicture) {
  EXPECT_THAT(refusal("region", "[[0, 0], [1, 0]]"), HasSubstr("found 2 points"));
  EXPECT_THAT(refusal("region", "[[0, 0], [1, 0], [1, 1.1]]"), HasSubstr("found float64 1.1"));
  EXPECT_THAT(refusal("region", "{x: 0.8, y: 0, width: 0.3, height: 1}"),
              HasSubstr("leaves the picture"));
  EXPECT_THAT(refusal("region", "{x: 0, y: 0, width: 0, height: 1}"), HasSubstr("is empty"));
  std::string points = "[";
  for (std::size_t i = 0; i <= kRegionPointsMax; ++i) points += "[0, 0], ";
  EXPECT_THAT(refusal("region", points + "]"), HasSubstr("at most 256 points"));
}

}  // namespace
}  // namespace weir::device
