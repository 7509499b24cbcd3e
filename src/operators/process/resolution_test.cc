// resolution scales pictures and leaves the rest of a record alone.
#ifdef WEIR_MEDIA
#include <gtest/gtest.h>

#include "operators/harness_test.h"
#include "operators/pictures_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

std::pair<int, int> scaled(const std::string& params, int width, int height) {
  Harness harness;
  const auto ran = harness.run(
      "resolution: {" + params + "}",
      {testing::shots({{{testing::gray_frame(width, height), nullptr}, 1, harness.a}})});
  EXPECT_EQ(ran.mistakes, "");
  if (ran.batches.empty()) return {};
  const data::Frame& frame = *ran.batches.front().column(1).image(0).frame;
  return {frame.width, frame.height};
}

TEST(Resolution, ScalesToTheSidesGiven) {
  EXPECT_EQ(scaled("width: 32, height: 32", 64, 48), std::pair(32, 32));
  EXPECT_EQ(scaled("width: 32", 64, 48), std::pair(32, 24));
  EXPECT_EQ(scaled("height: 96", 64, 48), std::pair(128, 96));
  EXPECT_EQ(scaled("width: 2", 64, 2), std::pair(2, 2));
}

TEST(Resolution, KeepsRegionsNullsAndOtherColumns) {
  Harness harness;
  const auto region = std::make_shared<const data::Region>(data::Region{{{0, 0}, {1, 0}, {1, 1}}});
  const auto ran =
      run_however_split(harness, "resolution: {width: 32}",
                        testing::shots({{{testing::gray_frame(64, 48), region}, 1, harness.a},
                                        {{}, 2, harness.b},
                                        {{testing::gray_frame(32, 24), nullptr}, 3, harness.a}}));
  ASSERT_EQ(ran.records.size(), 3U);
  const data::Batch& batch = ran.batches.front();
  EXPECT_EQ(batch.column(1).image(0).region, region);
  EXPECT_TRUE(batch.column(1).is_null(1));
  EXPECT_EQ(batch.column(0).int64s()[2], 2);
}

TEST(Resolution, RejectsPicturesItCannotScale) {
  Harness harness;
  auto strange = std::make_shared<data::Frame>(*testing::gray_frame(64, 48));
  strange->format = data::PixelFormat::rgb24;
  const auto ran =
      run_however_split(harness, "resolution: {width: 32}",
                        testing::shots({{{strange, nullptr}, 1, harness.a},
                                        {{testing::gray_frame(64, 48), nullptr}, 2, harness.a}}));
  EXPECT_EQ(ran.records.size(), 1U);
  EXPECT_EQ(ran.counters.errors, 1U);
}

TEST(Resolution, RejectsWhatInProportionWouldBeTooLarge) {
  Harness harness;
  const auto ran =
      harness.run("resolution: {height: 16384}",
                  {testing::shots({{{testing::gray_frame(64, 48), nullptr}, 1, harness.a}})});
  EXPECT_EQ(ran.counters.errors, 1U);
  EXPECT_TRUE(ran.records.empty());
}

TEST(Resolution, NeedsASide) {
  Harness harness;
  EXPECT_NE(harness.run("resolution", {testing::shots({})}).mistakes, "");
}

}  // namespace
}  // namespace weir::operators
#endif
