// Decoders give what a plain reading of their definition gives.
#include "infer/decoder.h"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::infer {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kLabels = 7, kRows = 5, kColumns = 9;
const std::vector<std::int64_t> kShape = {1, 5 + kLabels, kRows, kColumns};

// The definition, word for word, in double precision.
std::vector<Detection> plain_fastestdet(const std::vector<float>& tensor, double threshold) {
  const auto at = [&](std::size_t channel, std::size_t y, std::size_t x) {
    return double{tensor[(channel * kRows + y) * kColumns + x]};
  };
  std::vector<Detection> found;
  for (std::size_t y = 0; y < kRows; ++y) {
    for (std::size_t x = 0; x < kColumns; ++x) {
      std::size_t label = 0;
      for (std::size_t i = 0; i < kLabels; ++i) {
        if (at(5 + i, y, x) > at(5 + label, y, x)) label = i;
      }
      const double score = std::pow(at(0, y, x), 0.6) * std::pow(at(5 + label, y, x), 0.4);
      if (!(score >= threshold)) continue;
      const double cx = (double(x) + std::tanh(at(1, y, x))) / kColumns;
      const double cy = (double(y) + std::tanh(at(2, y, x))) / kRows;
      const double w = 1 / (1 + std::exp(-at(3, y, x)));
      const double h = 1 / (1 + std::exp(-at(4, y, x)));
      found.push_back({label, score, cx - w / 2, cy - h / 2, w, h});
    }
  }
  return found;
}

void expect_same(const std::vector<Detection>& got, const std::vector<Detection>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].label, expected[i].label);
    EXPECT_NEAR(got[i].score, expected[i].score, 1e-12);
    EXPECT_NEAR(got[i].x, expected[i].x, 1e-12);
    EXPECT_NEAR(got[i].y, expected[i].y, 1e-12);
    EXPECT_NEAR(got[i].width, expected[i].width, 1e-12);
    EXPECT_NEAR(got[i].height, expected[i].height, 1e-12);
  }
}

TEST(FastestDet, DecodesAsDefined) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> probability(0, 1);
  std::normal_distribution<float> place(0, 2);
  std::size_t all = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<float> tensor((5 + kLabels) * kRows * kColumns);
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      const std::size_t channel = i / (kRows * kColumns);
      tensor[i] = channel >= 1 && channel < 5 ? place(random) : probability(random);
    }
    const double threshold = 0.3 + 0.003 * round;
    std::vector<Detection> got;
    find_decoder("fastestdet")->decode(tensor, kShape, threshold, got);
    expect_same(got, plain_fastestdet(tensor, threshold));
    all += got.size();
  }
  EXPECT_GT(all, 1000U);
}

TEST(FastestDet, ScoreAtTheThresholdIsEnough) {
  const std::vector<std::int64_t> shape = {1, 6, 1, 1};
  const std::vector<float> tensor = {1, 0, 0, 0, 0, 1};
  std::vector<Detection> got;
  find_decoder("fastestdet")->decode(tensor, shape, 1, got);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_DOUBLE_EQ(got[0].x, -0.25);
  EXPECT_DOUBLE_EQ(got[0].width, 0.5);
  got.clear();
  find_decoder("fastestdet")->decode(tensor, shape, 1.000001, got);
  EXPECT_TRUE(got.empty());
}

TEST(FastestDet, LeavesOutWhatIsNoNumber) {
  const std::vector<std::int64_t> shape = {1, 6, 1, 3};
  const float nan = std::nanf("");
  const std::vector<float> tensor = {nan, 1, 1, 0, nan, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, nan};
  std::vector<Detection> got;
  find_decoder("fastestdet")->decode(tensor, shape, 0.5, got);
  EXPECT_TRUE(got.empty());
}

TEST(FastestDet, RefusesOtherShapes) {
  const Decoder& decoder = *find_decoder("fastestdet");
  EXPECT_TRUE(decoder.check(kShape, kLabels));
  const auto labels = decoder.check(kShape, kLabels + 1);
  ASSERT_FALSE(labels);
  EXPECT_THAT(labels.error().message, HasSubstr("[1, 12, 5, 9], but fastestdet with 8 labels"));
  EXPECT_FALSE(decoder.check(std::vector<std::int64_t>{5 + kLabels, kRows, kColumns}, kLabels));
  EXPECT_FALSE(decoder.check(std::vector<std::int64_t>{2, 5 + kLabels, 5, 9}, kLabels));
}

TEST(Decoders, UnknownNameIsNull) {
  EXPECT_EQ(find_decoder("yolo"), nullptr);
}

std::vector<double> scores_after(std::vector<Detection> detections, double overlap) {
  suppress(detections, overlap);
  std::vector<double> scores;
  for (const Detection& one : detections) scores.push_back(one.score);
  return scores;
}

TEST(Suppress, DropsTheWeakerOfTwoThatOverlap) {
  const Detection weak = {0, 0.6, 0, 0, 0.4, 0.4};
  const Detection strong = {0, 0.9, 0, 0, 0.4, 0.2};  // overlap 0.5
  EXPECT_EQ(scores_after({weak, strong}, 0.5), (std::vector{0.9}));
  EXPECT_EQ(scores_after({weak, strong}, 0.51), (std::vector{0.9, 0.6}));
}

TEST(Suppress, KeepsOtherLabelsAndWhatOnlyADroppedOneCovers) {
  const Detection first = {0, 0.9, 0.0, 0, 0.4, 0.4};
  const Detection second = {0, 0.8, 0.1, 0, 0.4, 0.4};  // overlaps first and third by 0.6
  const Detection third = {0, 0.7, 0.2, 0, 0.4, 0.4};   // overlaps first by a third
  const Detection other = {1, 0.6, 0.0, 0, 0.4, 0.4};
  EXPECT_EQ(scores_after({third, other, first, second}, 0.5), (std::vector{0.9, 0.7, 0.6}));
}

TEST(Suppress, KeepsWhatDoesNotTouchWhateverTheLimit) {
  const Detection left = {0, 0.9, 0, 0, 0.1, 0.1};
  const Detection right = {0, 0.8, 0.5, 0.5, 0.1, 0.1};
  EXPECT_EQ(scores_after({left, right}, 0), (std::vector{0.9, 0.8}));
}

}  // namespace
}  // namespace weir::infer
