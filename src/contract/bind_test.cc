// Binding: literals, slots, attributes and defaults become members.
#include "contract/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using data::Value;
using testing::HasSubstr;

class BindTest : public testing::Test {
 protected:
  const Step& step(std::string_view text) {
    documents_ = {};
    read_documents("kind: Pipeline\nname: p\nsteps:\n- " + std::string(text), "a/p.yaml",
                   documents_, diagnostics_);
    EXPECT_EQ(diagnostics_.text(), "");
    return documents_.pipelines.front().steps.front();
  }
  static device::Device device(std::string_view attributes) {
    device::Device device{.name = "d"};
    const auto node = data::parse_yaml(attributes)->front();
    for (const auto& member : node.members()) {
      device.attributes.push_back({member.key, member.position, member.value});
    }
    return device;
  }

  Documents documents_;
  data::Diagnostics diagnostics_;
};

TEST_F(BindTest, SetsWhatIsGivenAndKeepsTheRest) {
  sample::ThresholdParams params;
  const Step& given = step("threshold: {column: t, limit: 90, hold: 1m, side: above}");
  EXPECT_TRUE(bind_params(sample::kThreshold, given, {}, nullptr, &params, diagnostics_));
  EXPECT_EQ(params.column.name, "t");
  EXPECT_EQ(params.limit, 90);
  EXPECT_EQ(params.clear, 75);
  EXPECT_EQ(params.hold.ns, 60'000'000'000);
  EXPECT_FALSE(per_device(sample::kThreshold, given));
}

TEST_F(BindTest, FillsSlots) {
  sample::LookParams params;
  const Slots slots = {{"m", Value("models/x")}, {"s", Value(1)}};
  const Step& given = step("look: {model: $m, score: $s}");
  EXPECT_TRUE(bind_params(sample::kLook, given, slots, nullptr, &params, diagnostics_));
  EXPECT_EQ(params.model.folder, "models/x");
  EXPECT_EQ(params.score, 1);
  EXPECT_FALSE(
      bind_params(sample::kLook, given, {{"m", Value("x")}}, nullptr, &params, diagnostics_));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("a/p.yaml:4:28: nothing fills slot 's'"));
}

TEST_F(BindTest, NamesTheSlotOfAWrongValue) {
  sample::LookParams params;
  const Slots slots = {{"s", Value("high")}};
  const Step& given = step("look: {model: m, score: $s}");
  EXPECT_FALSE(bind_params(sample::kLook, given, slots, nullptr, &params, diagnostics_));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("slot 's' for 'score' of 'look': expected float64"));
}

TEST_F(BindTest, TakesAttributesOfEachDevice) {
  const Step& given = step("threshold: {column: t, limit: device.limit}");
  EXPECT_TRUE(per_device(sample::kThreshold, given));
  for (const int limit : {80, 90}) {
    sample::ThresholdParams params;
    const device::Device bound = device("limit: " + std::to_string(limit));
    EXPECT_TRUE(bind_params(sample::kThreshold, given, {}, &bound, &params, diagnostics_));
    EXPECT_EQ(params.limit, limit);
  }
  sample::ThresholdParams shared;
  EXPECT_TRUE(bind_params(sample::kThreshold, given, {}, nullptr, &shared, diagnostics_));
  EXPECT_EQ(shared.limit, 80);
}

TEST_F(BindTest, NamesTheDeviceThatGivesNoOrAWrongValue) {
  const Step& given = step("threshold: {column: t, limit: device.limit}");
  for (const char* attributes : {"{}", "limit: high", "limit: 74"}) {
    sample::ThresholdParams params;
    data::Diagnostics diagnostics;
    const device::Device bound = device(attributes);
    EXPECT_FALSE(bind_params(sample::kThreshold, given, {}, &bound, &params, diagnostics));
    EXPECT_THAT(diagnostics.text(), HasSubstr("device 'd'")) << attributes;
  }
}

TEST_F(BindTest, FindsModelsBesideTheFile) {
  sample::LookParams params;
  EXPECT_TRUE(bind_params(sample::kLook, step("look: {model: models/x}"), {}, nullptr, &params,
                          diagnostics_));
  EXPECT_EQ(params.model.folder, "a/models/x");
  EXPECT_TRUE(
      bind_params(sample::kLook, step("look: {model: /x}"), {}, nullptr, &params, diagnostics_));
  EXPECT_EQ(params.model.folder, "/x");
}

TEST_F(BindTest, KeepsTextThatOnlyLooksLikeAReference) {
  sample::SaveParams params;
  EXPECT_TRUE(
      bind_params(sample::kSave, step("save: {title: $$5}"), {}, nullptr, &params, diagnostics_));
  EXPECT_EQ(params.title, "$5");
  sample::FilterParams filter;
  const Step& given = step("filter: {where: device.open}");
  EXPECT_FALSE(per_device(sample::kFilter, given));
  EXPECT_TRUE(bind_params(sample::kFilter, given, {}, nullptr, &filter, diagnostics_));
  EXPECT_EQ(filter.where.text, "device.open");
}

TEST_F(BindTest, LeavesParamsAloneWhereAnythingIsWrong) {
  sample::ThresholdParams params;
  const Step& given = step("threshold: {column: t, limit: 10}");
  EXPECT_FALSE(bind_params(sample::kThreshold, given, {}, nullptr, &params, diagnostics_));
  EXPECT_EQ(params.column.name, "");
  EXPECT_THAT(diagnostics_.text(), HasSubstr("do not fit each other"));
}

}  // namespace
}  // namespace weir::contract
