// Nothing from outside a polygon gets into the picture that a model sees.
#include "infer/polygon_mask.h"

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace weir::infer {
namespace {

using data::PixelFormat;

// A frame of random samples.
struct Picture {
  Picture(PixelFormat format, int width, int height, unsigned seed) {
    const int half_width = (width + 1) / 2;
    const int half_height = (height + 1) / 2;
    frame.format = format;
    frame.width = width;
    frame.height = height;
    planes[0].resize(static_cast<std::size_t>(width * height));
    planes[1].resize(static_cast<std::size_t>(2 * half_width * half_height));
    std::mt19937 random(seed);
    for (auto& plane : planes) {
      for (auto& sample : plane) sample = static_cast<std::uint8_t>(random() % 200 + 30);
    }
    frame.planes[0] = {planes[0].data(), width};
    if (format == PixelFormat::nv12) {
      frame.planes[1] = {planes[1].data(), 2 * half_width};
    } else {
      frame.planes[1] = {planes[1].data(), half_width};
      frame.planes[2] = {planes[1].data() + half_width * half_height, half_width};
    }
  }

  data::Frame frame;
  std::array<std::vector<std::uint8_t>, 2> planes;
};

int luma(const data::Frame& frame, int x, int y) {
  return frame.planes[0].data[y * frame.planes[0].stride + x];
}

// The two colour samples of a pixel.
std::array<int, 2> chroma(const data::Frame& frame, int x, int y) {
  const bool together = frame.format == PixelFormat::nv12;
  const data::Plane& u = frame.planes[1];
  const data::Plane& v = frame.planes[together ? 1 : 2];
  const int step = together ? 2 : 1;
  return {u.data[y / 2 * u.stride + x / 2 * step],
          v.data[y / 2 * v.stride + x / 2 * step + (together ? 1 : 0)]};
}

constexpr std::array<int, 2> kGray = {128, 128};

// Compares the mask with the definition, pixel by pixel.
void expect_masked(const data::Frame& whole, const data::Frame& got, const data::Region& region) {
  const int left = static_cast<int>(std::lround(got.covers.x * whole.width));
  const int top = static_cast<int>(std::lround(got.covers.y * whole.height));
  const auto inside = [&](int x, int y) {
    return x >= whole.width || y >= whole.height ||
           region.contains({(x + 0.5) / whole.width, (y + 0.5) / whole.height});
  };
  int shown = 0;
  for (int y = 0; y < whole.height; ++y) {
    for (int x = 0; x < whole.width; ++x) {
      const int cut_x = x - left;
      const int cut_y = y - top;
      if (cut_x < 0 || cut_y < 0 || cut_x >= got.width || cut_y >= got.height) {
        EXPECT_FALSE(inside(x, y)) << x << ", " << y;
        continue;
      }
      EXPECT_EQ(luma(got, cut_x, cut_y), inside(x, y) ? luma(whole, x, y) : 16) << x << ", " << y;
      const int even_x = x / 2 * 2;
      const int even_y = y / 2 * 2;
      const bool colored = inside(even_x, even_y) && inside(even_x + 1, even_y) &&
                           inside(even_x, even_y + 1) && inside(even_x + 1, even_y + 1);
      EXPECT_EQ(chroma(got, cut_x, cut_y), colored ? chroma(whole, x, y) : kGray);
      shown += inside(x, y) ? 1 : 0;
    }
  }
  EXPECT_GT(shown, 0);
}

const data::Region kStar = {{{0.5, 0.1}, {0.62, 0.8}, {0.15, 0.3}, {0.85, 0.3}, {0.31, 0.83}}};
const data::Region kTriangle = {{{0.31, 0.22}, {0.77, 0.41}, {0.29, 0.93}}};
const data::Region kBeyond = {{{-0.2, 0.4}, {0.5, -0.3}, {1.4, 0.6}, {0.4, 1.2}}};

TEST(PolygonMask, ShowsExactlyWhatLiesInside) {
  for (const PixelFormat format : {PixelFormat::i420, PixelFormat::nv12}) {
    for (const data::Region& region : {kStar, kTriangle, kBeyond}) {
      const Picture picture(format, 63, 47, 1);
      PolygonMask mask;
      const auto got = mask.apply(picture.frame, region);
      ASSERT_TRUE(got) << got.error().message;
      expect_masked(picture.frame, **got, region);
    }
  }
}

TEST(PolygonMask, FollowsTheNextPictureAndAChangeOfAnything) {
  PolygonMask mask;
  const Picture first(PixelFormat::i420, 64, 48, 1);
  const Picture second(PixelFormat::i420, 64, 48, 2);
  const Picture other(PixelFormat::nv12, 32, 24, 3);
  expect_masked(first.frame, **mask.apply(first.frame, kStar), kStar);
  expect_masked(second.frame, **mask.apply(second.frame, kStar), kStar);
  expect_masked(second.frame, **mask.apply(second.frame, kTriangle), kTriangle);
  expect_masked(other.frame, **mask.apply(other.frame, kTriangle), kTriangle);
}

TEST(PolygonMask, PlacesStayThoseOfTheFullPicture) {
  Picture part(PixelFormat::i420, 40, 40, 4);
  part.frame.covers = {0.5, 0.5, 0.5, 0.5};
  const data::Region region = {{{0.55, 0.55}, {0.95, 0.6}, {0.6, 0.95}}};
  PolygonMask mask;
  const auto got = mask.apply(part.frame, region);
  ASSERT_TRUE(got);
  EXPECT_DOUBLE_EQ((*got)->covers.x, 0.55);
  EXPECT_DOUBLE_EQ((*got)->covers.width, 0.4);
  EXPECT_EQ((*got)->width, 32);
  EXPECT_EQ(luma(**got, 31, 31), 16) << "the corner across the diagonal";
  EXPECT_EQ(luma(**got, 8, 8), luma(part.frame, 12, 12));
}

TEST(PolygonMask, FullRangeBlackIsZero) {
  Picture picture(PixelFormat::i420, 16, 16, 5);
  picture.frame.range = data::ColorRange::full;
  PolygonMask mask;
  const auto got = mask.apply(picture.frame, {{{0, 0}, {1, 0}, {0, 1}}});
  ASSERT_TRUE(got);
  EXPECT_EQ(luma(**got, 15, 15), 0);
}

TEST(PolygonMask, RegionBesideThePictureIsAnError) {
  Picture part(PixelFormat::i420, 40, 40, 6);
  part.frame.covers = {0.5, 0.5, 0.5, 0.5};
  PolygonMask mask;
  const auto got = mask.apply(part.frame, {{{0, 0}, {0.3, 0}, {0, 0.3}}});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, base::Code::range);
}

}  // namespace
}  // namespace weir::infer
