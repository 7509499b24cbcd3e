// Rules: hold, break, are open where a value is not known.
#include "contract/rule.h"

#include <gtest/gtest.h>

#include "contract/param.h"
#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using data::Value;

std::vector<Value> with(double limit, Value clear, const char* side) {
  std::vector<Value> values;
  for (const Param& param : sample::kThresholdParams) values.push_back(default_value(param));
  values[1] = limit;
  values[2] = std::move(clear);
  values[3] = side;
  return values;
}

TEST(BrokenRules, TellsThoseThatDoNotHold) {
  EXPECT_TRUE(broken_rules(sample::kThreshold, with(80, 75.0, "above"))->empty());
  EXPECT_TRUE(broken_rules(sample::kThreshold, with(70, 75.0, "below"))->empty());
  const auto broken = broken_rules(sample::kThreshold, with(70, 75.0, "above"));
  ASSERT_EQ(broken->size(), 1U);
  EXPECT_EQ(broken->front(), &sample::kThresholdRules[0]);
}

TEST(BrokenRules, LeavesOpenWhatIsNotKnown) {
  EXPECT_TRUE(broken_rules(sample::kThreshold, with(70, Value(), "above"))->empty());
}

TEST(BrokenRules, AsksAboutEveryType) {
  const Rule rules[] = {{"size(classes) > 0 && score >= 0.5", "Something counts."},
                        {"size(region) == 0", "No region."}};
  Contract contract = sample::kLook;
  contract.rules = rules;
  std::vector<Value> values;
  for (const Param& param : contract.params) values.push_back(default_value(param));
  const auto broken = broken_rules(contract, values);
  ASSERT_TRUE(broken) << broken.error().message;
  EXPECT_TRUE(broken->empty());
  values[2] = data::List{};
  EXPECT_EQ(broken_rules(contract, values)->size(), 1U);
}

TEST(BrokenRules, RefusesARuleThatIsNoExpression) {
  const Rule rules[] = {{"limt > 0", "A slip of the hand."}};
  Contract contract = sample::kThreshold;
  contract.rules = rules;
  EXPECT_FALSE(broken_rules(contract, with(80, 75.0, "above")));
}

}  // namespace
}  // namespace weir::contract
