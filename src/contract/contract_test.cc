// Contracts: binding members, bounds that follow from a member's type, names of types.
#include "contract/contract.h"

#include <gtest/gtest.h>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using data::Value;

TEST(Contract, ReadsAndSetsMembers) {
  sample::ThresholdParams params;
  const auto through = [&](std::size_t index, const Value& value) {
    const Param& param = sample::kThresholdParams[index];
    param.set(&params, param, value);
    return param.get(&params, param);
  };
  EXPECT_EQ(through(0, Value("a.b")), Value("a.b"));
  EXPECT_EQ(through(1, Value(1.5)), Value(1.5));
  EXPECT_EQ(through(3, Value("below")), Value("below"));
  EXPECT_EQ(through(4, Value(data::Duration{7})), Value(data::Duration{7}));
  EXPECT_EQ(through(5, Value(3)), Value(3));
  EXPECT_EQ(through(6, Value(true)), Value(true));
  EXPECT_EQ(params.column.name, "a.b");
  EXPECT_EQ(params.side, sample::Side::below);
  EXPECT_EQ(params.hold.ns, 7);
  EXPECT_TRUE(params.strict);
}

TEST(Contract, ReadsAndSetsRegionsAndNames) {
  sample::LookParams params;
  const Param& region = sample::kLookParams[0];
  const Param& classes = sample::kLookParams[2];
  const auto point = [](double x, double y) { return Value(data::List{Value(x), Value(y)}); };
  const Value polygon = data::List{point(0, 0), point(1, 0), point(1, 0.5)};
  region.set(&params, region, polygon);
  EXPECT_EQ(params.region.points[2], (data::Point{1, 0.5}));
  EXPECT_EQ(region.get(&params, region), polygon);
  const Value names = data::List{Value("car"), Value("dog")};
  classes.set(&params, classes, names);
  EXPECT_EQ(params.classes, (Names{"car", "dog"}));
  EXPECT_EQ(classes.get(&params, classes), names);
}

TEST(Contract, KnowsDefaultsFromInitializers) {
  const Param& side = sample::kThresholdParams[3];
  EXPECT_EQ(side.initial(side), Value("above"));
  const Param& classes = sample::kLookParams[2];
  EXPECT_EQ(classes.initial(classes), Value(data::List{Value("person")}));
}

TEST(Contract, BoundsAnIntegerByItsMember) {
  const Param& count = sample::kThresholdParams[5];
  EXPECT_EQ(count.bounds.min, 1);
  EXPECT_EQ(count.bounds.max, 2147483647);
  struct Sizes {
    std::uint64_t size = 0;
    std::int64_t offset = 0;
  };
  EXPECT_EQ(param<&Sizes::size>("size", "Bytes.").bounds.min, 0);
  EXPECT_FALSE(param<&Sizes::offset>("offset", "Bytes.").bounds.min == 0);
}

TEST(Contract, NamesTypesAsTheDocsDo) {
  EXPECT_EQ(name(Type::boolean), "bool");
  EXPECT_EQ(name(Type::number), "float64");
  EXPECT_EQ(name(Type::names), "list<string>");
}

}  // namespace
}  // namespace weir::contract
