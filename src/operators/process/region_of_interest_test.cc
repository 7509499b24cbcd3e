// region_of_interest marks pictures, each device's with its own region.
#include <gtest/gtest.h>

#include "operators/harness_test.h"
#include "operators/pictures_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

TEST(RegionOfInterest, MarksEachDevicesPicturesWithItsOwnRegion) {
  Harness harness;
  const auto frame = testing::gray_frame(64, 48);
  const data::Batch batch = testing::shots({{{frame, nullptr}, 1, harness.a},
                                            {{frame, nullptr}, 2, harness.b},
                                            {{}, 3, harness.a},
                                            {{frame, nullptr}, 4, harness.a}});
  const auto ran = run_however_split(harness, "region_of_interest: {region: device.drain}", batch);
  ASSERT_EQ(ran.batches.size(), 1U);
  const data::Column& images = ran.batches.front().column(1);
  EXPECT_EQ(images.image(0).region->bounds(), (data::Rect{0, 0, 0.5, 0.5}));
  EXPECT_EQ(images.image(1).region->points.size(), 3U);
  EXPECT_TRUE(images.is_null(2));
  EXPECT_EQ(images.image(3).region, images.image(0).region);
  EXPECT_EQ(images.image(0).frame, frame);
  EXPECT_EQ(batch.column(1).image(0).region, nullptr);
}

TEST(RegionOfInterest, TakesOneRegionForAll) {
  Harness harness;
  const auto ran =
      harness.run("region_of_interest: {region: [[0, 0], [1, 0], [1, 0.5]]}",
                  {testing::shots({{{testing::gray_frame(64, 48), nullptr}, 1, harness.b}})});
  ASSERT_EQ(ran.mistakes, "");
  EXPECT_EQ(ran.batches.front().column(1).image(0).region->points[2], (data::Point{1, 0.5}));
}

TEST(RegionOfInterest, RefusesWhatIsNoRegion) {
  Harness harness;
  const data::Batch batch = testing::shots({});
  for (const char* region :
       {"[[0, 0], [1, 1]]", "[[0, 0], [2, 0], [1, 1]]", "[0, 1]", "here",
        "[[0, 0], [0, 0], [0, 0]]", "[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.1, 0.1]]"}) {
    EXPECT_NE(
        harness.run(std::string("region_of_interest: {region: ") + region + "}", {batch}).mistakes,
        "")
        << region;
  }
}

// Its corners have a signed area of zero.
TEST(RegionOfInterest, TakesARegionWhoseSidesCross) {
  Harness harness;
  EXPECT_EQ(harness
                .run("region_of_interest: {region: [[0, 0], [1, 1], [1, 0], [0, 1]]}",
                     {testing::shots({})})
                .mistakes,
            "");
}

}  // namespace
}  // namespace weir::operators
