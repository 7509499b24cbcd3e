// Every operator in the list: its example runs, its bounds hold, its contract says what people need
// to know.
#include "operators/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "contract/bind.h"
#include "operators/harness_test.h"
#ifdef WEIR_MEDIA
#include "infer/testing/tiny_onnx.h"
#include "media/clips_test.h"
#endif

namespace weir::operators {
namespace {

using contract::Contract;
using contract::Param;
using testing::Harness;
using testing::WorkingFolder;

// What the examples speak of, in the working folder.
void write_surroundings(const WorkingFolder& folder) {
  folder.write("machine.csv", "timestamp,value\n2013-12-02 21:15:00,73.9\n");
#ifdef WEIR_MEDIA
  folder.write("models/people/model.onnx", infer::testing::model(infer::testing::constant_cells(
                                               {1, 6, 1, 1}, {0, 0, 0, 0, 0, 0})));
  folder.write("models/people/model.yaml",
               "task: detection\ninputs: [{tensor: picture}]\noutputs: [{tensor: cells, decode: "
               "fastestdet}]\nlabels: [person]\n");
#endif
}

// Records that every step can take.
data::SchemaRef schema_for(const Contract& contract) {
  if (contract.group == contract::Group::input) return nullptr;
  const bool packets = contract.name == "demux" || contract.name == "decode";
  return data::make_schema({packets ? data::Field{"packet", data::Kind::packet}
                                    : data::Field{"image", data::Kind::image},
                            {"score", data::Kind::float64}});
}

class EveryOperator : public ::testing::TestWithParam<const flow::OperatorType*> {};
INSTANTIATE_TEST_SUITE_P(All, EveryOperator, ::testing::ValuesIn(all().begin(), all().end()),
                         [](const auto& info) { return std::string(info.param->contract->name); });

TEST_P(EveryOperator, ExampleIsPreparedAsItStands) {
  const Contract& contract = *GetParam()->contract;
#ifndef WEIR_MEDIA
  if (contract.name == "apply_model")
    GTEST_SKIP() << "the example's model takes pictures, which need media";
#endif
  WorkingFolder folder;
  write_surroundings(folder);
  Harness harness;
  std::string mistakes;
  const auto plan = harness.plan(std::string(contract.example), schema_for(contract), mistakes);
  if (contract.name == "device_input") {
    EXPECT_THAT(mistakes, ::testing::HasSubstr("weir run --input"));
    return;
  }
  ASSERT_NE(plan, nullptr) << mistakes;
  const flow::Prepared& prepared = plan->steps.back().prepared;
  EXPECT_EQ(prepared.outputs.size(), contract.outputs.size());
  EXPECT_EQ(static_cast<bool>(prepared.make_source), contract.inputs.empty());
  if (!prepared.make) return;
  const auto step = prepared.make();
  EXPECT_EQ(step->state() != nullptr, contract.state == contract::State::keyed);
}

TEST_P(EveryOperator, BoundsAreEnforced) {
  for (const Param& param : GetParam()->contract->params) {
    const auto read = [&](double value) -> bool {
      switch (param.type) {
        case contract::Type::integer:
          return contract::read_param(param, static_cast<std::int64_t>(value)).has_value();
        case contract::Type::number: return contract::read_param(param, value).has_value();
        case contract::Type::duration:
          return contract::read_param(param, data::Duration{static_cast<std::int64_t>(value * 1e9)})
              .has_value();
        default: ADD_FAILURE() << param.name << " has bounds but no number"; return false;
      }
    };
    const double step = param.type == contract::Type::integer ? 1 : 1e-4;
    if (std::isfinite(param.bounds.min)) {
      EXPECT_TRUE(read(param.bounds.min)) << param.name;
      EXPECT_FALSE(read(param.bounds.min - step)) << param.name;
    }
    if (std::isfinite(param.bounds.max)) {
      EXPECT_TRUE(read(param.bounds.max)) << param.name;
      EXPECT_FALSE(read(param.bounds.max + step)) << param.name;
    }
    if (param.type == contract::Type::choice) {
      EXPECT_FALSE(contract::read_param(param, "no such choice")) << param.name;
    }
  }
}

TEST_P(EveryOperator, WhatIsRequiredMustBeGiven) {
  const Contract& contract = *GetParam()->contract;
  const bool required = std::ranges::any_of(contract.params, &Param::required);
  Harness harness;
  WorkingFolder folder;
  std::string mistakes;
  harness.plan(std::string(contract.name), schema_for(contract), mistakes);
  for (const Param& param : contract.params) {
    if (param.required) {
      EXPECT_THAT(mistakes, ::testing::HasSubstr(std::string(param.name)));
    }
  }
  if (!required && contract.rules.empty()) {
    EXPECT_EQ(mistakes, "");
  }
}

TEST_P(EveryOperator, SaysWhatPeopleNeedToKnow) {
  const Contract& contract = *GetParam()->contract;
  EXPECT_GT(contract.description.size(), contract.summary.size());
  EXPECT_TRUE(contract.description.ends_with('.'));
  EXPECT_TRUE(contract.example.starts_with(contract.name));
  std::set<std::string_view> names;
  for (const Param& param : contract.params)
    EXPECT_TRUE(names.insert(param.name).second) << param.name;
}

TEST(Operators, HaveDistinctNamesAndAreInTheOrderOfTheirGroups) {
  std::set<std::string_view> names;
  auto group = contract::Group::input;
  for (const flow::OperatorType* type : all()) {
    EXPECT_TRUE(names.insert(type->contract->name).second) << type->contract->name;
    EXPECT_GE(type->contract->group, group) << type->contract->name;
    group = type->contract->group;
  }
}

}  // namespace
}  // namespace weir::operators
