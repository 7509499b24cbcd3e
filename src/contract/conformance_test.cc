// Contracts against themselves: the made-up ones are in order, and each kind of mistake is found.
#include "contract/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ContractMistakes, FindsNoneInGoodContracts) {
  for (const Contract* contract : sample::kAll) {
    EXPECT_THAT(contract_mistakes(*contract), ElementsAre()) << contract->name;
  }
}

TEST(ContractMistakes, FindsExamplesThatDoNotPass) {
  Contract contract = sample::kThreshold;
  contract.example = "threshold: {column: a, limt: 5}";
  EXPECT_THAT(contract_mistakes(contract), ElementsAre(HasSubstr("no parameter 'limt'")));
  contract.example = "pass";
  EXPECT_THAT(contract_mistakes(contract), ElementsAre(HasSubstr("a step of 'pass'")));
  contract.example = "threshold: {";
  EXPECT_THAT(contract_mistakes(contract), ElementsAre(HasSubstr("not YAML")));
}

TEST(ContractMistakes, FindsDefaultsOutOfBounds) {
  const Param params[] = {
      param<&sample::ThresholdParams::limit>("limit", "A limit.", {.bounds = {.max = 10}})};
  Contract contract = sample::kThreshold;
  contract.params = params;
  contract.rules = {};
  contract.example = "threshold";
  EXPECT_THAT(contract_mistakes(contract),
              ElementsAre("the default of 'limit': expected at most 10, found 80"));
}

TEST(ContractMistakes, FindsRulesOverUnknownNames) {
  const Rule rules[] = {{"limt > 0", "A slip of the hand."}};
  Contract contract = sample::kThreshold;
  contract.rules = rules;
  EXPECT_THAT(contract_mistakes(contract), testing::Contains(HasSubstr("a rule: ")));
}

TEST(ContractMistakes, ReadsColumnsOfPorts) {
  for (const char* good : {"", "same:in", "same:in + a:int64, b:list<string>", "a:float64"}) {
    const Port ports[] = {{"out", "Records.", good}};
    Contract contract = sample::kPass;
    contract.outputs = ports;
    EXPECT_THAT(contract_mistakes(contract), ElementsAre()) << good;
  }
  for (const char* bad : {"same:left", "same:in + a", "a:int65"}) {
    const Port ports[] = {{"out", "Records.", bad}};
    Contract contract = sample::kPass;
    contract.outputs = ports;
    EXPECT_EQ(contract_mistakes(contract).size(), 1U) << bad;
  }
}

TEST(ContractMistakes, FindsNamesGivenTwice) {
  const Port ports[] = {{"out", "Records."}, {"out", "Others."}};
  Contract contract = sample::kPass;
  contract.outputs = ports;
  EXPECT_THAT(contract_mistakes(contract), ElementsAre("output port 'out' is given twice"));
}

}  // namespace
}  // namespace weir::contract
