// Reading parameters: what each type takes and refuses.
#include "contract/param.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using data::Value;
using testing::HasSubstr;

const Param& threshold(std::string_view name) {
  return *find_param(sample::kThreshold, name);
}

std::string refusal(const Param& param, const Value& written) {
  const auto value = read_param(param, written);
  EXPECT_FALSE(value) << param.name;
  return value ? "" : value.error().message;
}

TEST(ReadParam, MakesValuesOfItsType) {
  EXPECT_EQ(*read_param(threshold("limit"), Value(5)), Value(5.0));
  EXPECT_EQ(*read_param(threshold("hold"), Value("2s")), Value(data::Duration{2'000'000'000}));
  EXPECT_EQ(*read_param(threshold("hold"), Value(data::Duration{5})), Value(data::Duration{5}));
  EXPECT_EQ(*read_param(threshold("side"), Value("below")), Value("below"));
}

TEST(ReadParam, TakesBothEndsOfTheBounds) {
  EXPECT_TRUE(read_param(threshold("limit"), Value(-100)));
  EXPECT_TRUE(read_param(threshold("limit"), Value(1000)));
  EXPECT_EQ(refusal(threshold("limit"), Value(1000.5)),
            "expected at most 1000 Cel, found 1000.5 Cel");
  EXPECT_TRUE(read_param(threshold("hold"), Value("1h")));
  EXPECT_EQ(refusal(threshold("hold"), Value("3600001ms")), "expected at most 1h, found 1h1ms");
  EXPECT_EQ(refusal(threshold("count"), Value(std::int64_t{1} << 40)),
            "expected at most 2147483647, found 1099511627776");
}

TEST(ReadParam, ChecksExpressionsByTheirSyntax) {
  const Param& where = *find_param(sample::kFilter, "where");
  EXPECT_TRUE(read_param(where, Value("a.b > 1 && c in [1, 2]")));
  EXPECT_THAT(refusal(where, Value("a >")), HasSubstr("not an expression: 1:4"));
  EXPECT_FALSE(read_param(where, Value(std::string(1'000'000, '1'))));
  EXPECT_FALSE(read_param(where, Value(std::string(10'000, '(') + "1" + std::string(10'000, ')'))));
}

TEST(ReadParam, RefusesNull) {
  for (const Param& param : sample::kThresholdParams) {
    EXPECT_THAT(refusal(param, Value()), HasSubstr("found null")) << param.name;
  }
}

TEST(FindParam, FindsByName) {
  EXPECT_EQ(find_param(sample::kThreshold, "limit"), &sample::kThresholdParams[1]);
  EXPECT_EQ(find_param(sample::kThreshold, "limi"), nullptr);
}

}  // namespace
}  // namespace weir::contract
