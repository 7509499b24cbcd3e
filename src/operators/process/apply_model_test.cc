// apply_model adds what a model says, under the name a pipeline gives it, in the order of the
// records.
#ifdef WEIR_MEDIA
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/tiny_onnx.h"
#include "operators/harness_test.h"
#include "operators/pictures_test.h"

namespace weir::operators {
namespace {

using testing::Harness;
using ::testing::HasSubstr;
using testing::WorkingFolder;

// A classifier of three labels: of a gray picture all are equally likely.
void write_classifier(const WorkingFolder& folder, const std::string& name) {
  folder.write(name + "/model.onnx", infer::testing::model(infer::testing::channel_means()));
  folder.write(
      name + "/model.yaml",
      "task: classification\ninputs:\n  - {tensor: picture, scale: 0.00392156862745098}\noutputs:\n"
      "  - {tensor: logits, decode: classification, activation: softmax}\nlabels: [red, green, "
      "blue]\n");
}

TEST(ApplyModel, AddsItsAnswerToEveryRecordInOrder) {
  WorkingFolder folder;
  Harness harness;
  write_classifier(folder, "models/colour-v2");
  const data::Batch batch =
      testing::shots({{{testing::gray_frame(16, 16), nullptr}, 1, harness.a},
                      {{}, 2, harness.b},
                      {{testing::gray_frame(16, 16, 90), nullptr}, 3, harness.a}});
  const auto ran =
      run_however_split(harness, "apply_model: {model: models/colour-v2, as: colour}", batch);
  ASSERT_EQ(ran.records.size(), 3U);
  EXPECT_EQ(ran.schema->names(), "n, image, colour.label, colour.score");
  EXPECT_THAT(ran.records[0], HasSubstr("\"n\":0"));
  EXPECT_THAT(ran.records[1], HasSubstr("\"colour.label\":null"));
  EXPECT_THAT(ran.records[2], HasSubstr("\"n\":2"));
  EXPECT_THAT(ran.records[2], HasSubstr("\"colour.score\":0.3"));
}

TEST(ApplyModel, NamesItsColumnsAfterTheSlotOrTheFolder) {
  WorkingFolder folder;
  Harness harness;
  write_classifier(folder, "models/colour-v2");
  const data::Batch batch = testing::shots({});
  EXPECT_EQ(harness.run("apply_model: {model: models/colour-v2}", {batch}).schema->names(),
            "n, image, colour_v2.label, colour_v2.score");
  harness.fills = ", models: {paint: models/colour-v2}";
  const auto ran = harness.run("apply_model: {model: $paint}", {batch});
  ASSERT_EQ(ran.mistakes, "");
  EXPECT_EQ(ran.schema->names(), "n, image, paint.label, paint.score");
}

TEST(ApplyModel, RefusesBeforeAnythingRuns) {
  WorkingFolder folder;
  Harness harness;
  write_classifier(folder, "m");
  const data::Batch batch = testing::shots({});
  EXPECT_THAT(harness.run("apply_model: {model: nowhere}", {batch}).mistakes, HasSubstr("nowhere"));
  EXPECT_NE(harness.run("apply_model: {model: m, weights: nowhere.onnx}", {batch}).mistakes, "");
  EXPECT_NE(harness.run("apply_model: {model: m, classes: [person]}", {batch}).mistakes, "");
  data::BatchBuilder numbers(data::make_schema({{"n", data::Kind::int64}}));
  EXPECT_THAT(harness.run("apply_model: {model: m}", {numbers.finish()}).mistakes,
              HasSubstr("image"));
  data::BatchBuilder taken(
      data::make_schema({{"image", data::Kind::image}, {"m.label", data::Kind::string}}));
  EXPECT_THAT(harness.run("apply_model: {model: m}", {taken.finish()}).mistakes,
              HasSubstr("already has a column `m.label`"));
}

}  // namespace
}  // namespace weir::operators
#endif
