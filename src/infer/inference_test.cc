// Pictures go in, columns come out.
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "infer/model.h"
#include "infer/testing/model_folder_test.h"
#include "infer/testing/solid_frame.h"
#include "infer/testing/tiny_onnx.h"

namespace weir::infer {
namespace {

using data::Kind;
using ::testing::HasSubstr;

std::shared_ptr<const Model> load(const std::string& yaml, const testing::Graph& graph) {
  const testing::ModelFolder folder;
  folder.write("model.yaml", yaml);
  folder.write("model.onnx", testing::model(graph));
  auto model = load_model(testing::runtime(), folder.path(), "");
  EXPECT_TRUE(model) << model.error().message;
  CHECK(model);
  return *model;
}

std::shared_ptr<const Model> classifier(const std::string& activation = "none") {
  return load(
      "task: classification\ninputs: [{tensor: picture, scale: 0.00392156862745098}]\n"
      "outputs: [{tensor: logits, decode: classification, activation: " +
          activation + "}]\nlabels: [red, green, blue]\n",
      testing::channel_means());
}

const data::SchemaRef kSchema =
    data::make_schema({{"camera", Kind::string}, {"image", Kind::image}});

#if WEIR_MEDIA

using ::testing::ElementsAre;
using testing::frame;

constexpr std::int64_t kMs = 1'000'000;

struct Record {
  std::shared_ptr<const data::Frame> frame;
  std::int64_t time_ms = 0;
  data::Device device = 0;
  std::shared_ptr<const data::Region> region = {};
};

data::Batch batch(const std::vector<Record>& records) {
  data::BatchBuilder builder(kSchema);
  for (const Record& record : records) {
    builder.column(0).append_text("a");
    if (record.frame == nullptr) {
      builder.column(1).append_null();
    } else {
      builder.column(1).append_image({record.frame, record.region});
    }
    builder.end_record(record.time_ms * kMs, record.device);
  }
  return builder.finish();
}

// The labels of a batch, "" where null.
std::vector<std::string> labels(Inference& inference, const data::Batch& records) {
  const auto columns = inference.run(records);
  EXPECT_TRUE(columns) << columns.error().message;
  std::vector<std::string> out;
  const data::Column& column = *columns->at(0);
  for (std::size_t i = 0; i < column.size(); ++i) {
    out.emplace_back(column.is_null(i) ? "" : column.text(i));
    EXPECT_EQ(column.is_null(i), columns->at(1)->is_null(i));
  }
  return out;
}

std::unique_ptr<Inference> inference_of(const std::shared_ptr<const Model>& model,
                                        const DecodeOptions& options = {}) {
  auto inference = make_inference(model, *kSchema, options);
  EXPECT_TRUE(inference) << inference.error().message;
  CHECK(inference);
  return *std::move(inference);
}

TEST(Classification, NamesTheLikeliestLabelOfEachSelectedRecord) {
  const auto inference = inference_of(classifier());
  const data::Batch all = batch({{frame(16, 16, testing::kGreen)},
                                 {frame(16, 16, testing::kRed)},
                                 {nullptr},
                                 {frame(32, 24, testing::kBlue)}});
  EXPECT_THAT(labels(*inference, all), ElementsAre("green", "red", "", "blue"));
  EXPECT_THAT(labels(*inference, all.select({0, 3})), ElementsAre("green", "blue"));
  EXPECT_THAT(labels(*inference, batch({})), ElementsAre());
}

TEST(Classification, ScoresAsTheActivationSays) {
  const data::Batch red = batch({{frame(16, 16, testing::kRed)}});
  const auto score = [&](const std::string& activation) {
    return inference_of(classifier(activation))->run(red).value()[1]->float64s()[0];
  };
  EXPECT_NEAR(score("none"), 1, 0.02);
  EXPECT_NEAR(score("sigmoid"), 1 / (1 + std::exp(-1)), 0.01);
  EXPECT_NEAR(score("softmax"), std::exp(1) / (std::exp(1) + 2), 0.01);
}

TEST(Classification, OutputsThatAreNoNumbersGiveNull) {
  testing::Graph graph = testing::channel_means();
  graph.nodes = {
      testing::node("ReduceMean", {"picture"}, {"mean"},
                    {testing::integers("axes", {2, 3}), testing::integer("keepdims", 0)}),
      testing::node("Add", {"mean", "nan"}, {"logits"})};
  graph.constants = {testing::constant("nan", {1, 3}, {0, std::nanf(""), 0})};
  const auto model = load(
      "task: classification\ninputs: [{tensor: picture}]\n"
      "outputs: [{tensor: logits, decode: classification}]\nlabels: [red, green, blue]\n",
      graph);
  EXPECT_THAT(labels(*inference_of(model), batch({{frame(16, 16, testing::kRed)}})),
              ElementsAre(""));
}

TEST(Classification, SeesTheRegionOnly) {
  const auto inference = inference_of(classifier());
  const auto both = frame(64, 48, testing::kRed, testing::kBlue);
  const auto right =
      std::make_shared<const data::Region>(data::Region{{{0.5, 0}, {1, 0}, {1, 1}, {0.5, 1}}});
  const auto left = std::make_shared<const data::Region>(data::Region{{{0, 0}, {0.5, 0}, {0, 1}}});
  EXPECT_THAT(labels(*inference, batch({{both, 0, 0, right}, {both, 1, 0, left}})),
              ElementsAre("blue", "red"));
}

// A model of three pictures: its label is the place of the brightest.
std::shared_ptr<const Model> brightest_of_three() {
  return load(
      "task: classification\n"
      "inputs: [{tensor: pictures, last: {count: 3, every: 200ms, within: 2s}}]\n"
      "outputs: [{tensor: logits, decode: classification}]\nlabels: [oldest, middle, newest]\n",
      testing::picture_means(3));
}

TEST(Classification, OfSeveralPicturesKeepsThemADevice) {
  const auto model = brightest_of_three();
  const auto inference = inference_of(model);
  const auto dark = frame(16, 16, testing::kBlack);
  const auto bright = frame(16, 16, testing::kWhite);
  const auto gray = frame(16, 16, testing::kGray);
  const data::Batch records = batch({{bright, 0, 1},
                                     {dark, 0, 2},
                                     {dark, 200, 1},
                                     {gray, 200, 2},
                                     {dark, 400, 1},    // bright dark dark
                                     {bright, 400, 2},  // dark gray bright
                                     {gray, 500, 1},    // dark dark gray: not kept
                                     {nullptr, 600, 2},
                                     {bright, 600, 1},  // dark dark bright
                                     {dark, 600, 2}});  // gray bright dark
  const std::vector<std::string> expected = {"",       "",       "", "",       "oldest",
                                             "newest", "newest", "", "newest", "middle"};
  EXPECT_EQ(labels(*inference, records), expected);

  const auto one_by_one = inference_of(model);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_THAT(labels(*one_by_one, records.slice(i, 1)), ElementsAre(expected[i])) << i;
  }
}

TEST(Classification, SharesOneModelBetweenThreads) {
  const auto model = classifier();
  const auto work = [&](testing::Color color, const std::string& label) {
    const auto inference = inference_of(model);
    for (int i = 0; i < 100; ++i) {
      EXPECT_THAT(labels(*inference, batch({{frame(32, 32, color)}})), ElementsAre(label));
    }
  };
  std::thread other(work, testing::kRed, "red");
  work(testing::kBlue, "blue");
  other.join();
}

// Cells of a 2 x 2 grid with labels person and car: each entry is of one channel.
std::shared_ptr<const Model> detector() {
  const std::vector<float> cells = {1, 0, 0.81F, 1,      // object
                                    0, 0, 0,     0,      // tx
                                    0, 0, 0,     0,      // ty
                                    0, 0, 0,     0,      // tw: half of the picture
                                    0, 0, 0,     0,      // th
                                    1, 1, 0.81F, 0,      // person
                                    0, 0, 0,     0.9F};  // car
  return load(
      "task: detection\ninputs: [{tensor: picture}]\n"
      "outputs: [{tensor: cells, decode: fastestdet}]\nlabels: [person, car]\n",
      testing::constant_cells({1, 7, 2, 2}, cells));
}

std::string objects(Inference& inference, const data::Batch& records) {
  const auto columns = inference.run(records);
  EXPECT_TRUE(columns) << columns.error().message;
  std::string text;
  const data::Column& lists = *columns->at(0);
  for (std::size_t row = 0; row < lists.size(); ++row) {
    if (lists.is_null(row)) {
      text += "null;";
      continue;
    }
    EXPECT_EQ(columns->at(1)->int64s()[row], lists.offsets()[row + 1] - lists.offsets()[row]);
    const data::Column& all = lists.elements();
    for (int i = lists.offsets()[row]; i < lists.offsets()[row + 1]; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const auto value = [&](std::size_t child) {
        return std::to_string(std::lround(all.child(child).float64s()[at] * 1000));
      };
      text += std::string(all.child(0).text(at)) + " " + value(1) + " at " + value(2) + "," +
              value(3) + " " + value(4) + "x" + value(5) + " ";
    }
    text += ";";
  }
  return text;
}

TEST(Detection, GivesBoxesInFractionsOfTheFullPicture) {
  const auto inference = inference_of(detector(), {.classes = {}, .score = 0.5, .nms = 0.45});
  EXPECT_EQ(objects(*inference, batch({{frame(16, 16, testing::kGray)}, {nullptr}})),
            "person 1000 at 0,0 250x250 car 959 at 250,250 500x500 person 810 at 0,250 250x500 ;"
            "null;");
}

TEST(Detection, MapsBoxesBackThroughTheRegion) {
  const auto inference = inference_of(detector(), {.classes = {"car"}, .score = 0.5, .nms = 0.45});
  const auto quarter =
      std::make_shared<const data::Region>(data::Region{{{0.5, 0.5}, {1, 0.5}, {1, 1}, {0.5, 1}}});
  EXPECT_EQ(objects(*inference, batch({{frame(32, 32, testing::kGray), 0, 0, quarter}})),
            "car 959 at 625,625 250x250 ;");
}

TEST(Detection, AsksForClassesAndScore) {
  const data::Batch one = batch({{frame(16, 16, testing::kGray)}});
  const auto strong = inference_of(detector(), {.classes = {}, .score = 0.9, .nms = 0.45});
  EXPECT_EQ(objects(*strong, one), "person 1000 at 0,0 250x250 car 959 at 250,250 500x500 ;");
  const auto none = inference_of(detector(), {.classes = {"car"}, .score = 0.99, .nms = 0.45});
  EXPECT_EQ(objects(*none, one), ";");
}

TEST(Inference, AnErrorLeavesItUsable) {
  const auto inference = inference_of(classifier());
  auto rgb = std::make_shared<data::Frame>(*frame(16, 16, testing::kRed));
  rgb->format = data::PixelFormat::rgb24;
  const auto refused = inference->run(batch({{frame(16, 16, testing::kRed)}, {rgb}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::wrong_type);
  EXPECT_THAT(labels(*inference, batch({{frame(16, 16, testing::kBlue)}})), ElementsAre("blue"));
}

#endif

TEST(Inference, RefusesASchemaThatDoesNotFit) {
  const auto model = classifier();
  const auto absent = make_inference(model, data::Schema({{"temperature", Kind::float64}}), {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, base::Code::schema);
  EXPECT_THAT(absent.error().message,
              HasSubstr("takes the column 'image', but there is only temperature"));
  const auto number = make_inference(model, data::Schema({{"image", Kind::float64}}), {});
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().code, base::Code::not_yet);
  const auto text = make_inference(model, data::Schema({{"image", Kind::string}}), {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, base::Code::wrong_type);
}

TEST(Inference, RefusesOptionsThatDoNotFit) {
  const auto of_classifier = make_inference(classifier(), *kSchema, {.score = 0.6});
  ASSERT_FALSE(of_classifier);
  EXPECT_EQ(of_classifier.error().code, base::Code::conflict);
  const auto unknown =
      make_inference(load("task: detection\ninputs: [{tensor: picture}]\n"
                          "outputs: [{tensor: cells, decode: fastestdet}]\nlabels: [person, car]\n",
                          testing::constant_cells({1, 7, 1, 1}, std::vector<float>(7))),
                     *kSchema, {.classes = {"persons"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, base::Code::unknown_name);
  EXPECT_THAT(unknown.error().message, HasSubstr("no label 'persons', expected 'person'?"));
}

}  // namespace
}  // namespace weir::infer
