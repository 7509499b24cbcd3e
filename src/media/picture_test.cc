// Pictures against plain reference implementations.
#include "media/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "media/clips_test.h"

namespace weir::media {
namespace {

using base::Code;
using data::ColorMatrix;
using data::ColorRange;
using data::PixelFormat;

// libyuv's coefficients have six bits behind the point, and that of blue ends at 2, where BT.709 of
// limited range has 2.112.
constexpr double kPrecision = 3;
constexpr double kBlueLoss = 0.113;

// Pixel values of a plane at a place.
using Paint = std::function<int(int plane, int x, int y)>;

FrameRef paint(PixelFormat format, Size size, const Paint& value) {
  const int uv_width = (size.width + 1) / 2;
  const int uv_height = (size.height + 1) / 2;
  const int stride = 2 * uv_width + 6;  // no multiple of anything
  const auto area = [](int a, int b) { return static_cast<std::size_t>(a * b); };
  const auto memory = std::make_shared<std::vector<std::uint8_t>>(area(stride, size.height) +
                                                                  2 * area(stride, uv_height));
  auto frame = std::make_shared<data::Frame>();
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  frame->owner = memory;
  std::uint8_t* y = memory->data();
  std::uint8_t* u = y + area(stride, size.height);
  std::uint8_t* v = u + area(stride, uv_height);
  const bool nv12 = format == PixelFormat::nv12;
  for (int row = 0; row < size.height; ++row) {
    for (int x = 0; x < size.width; ++x) {
      y[row * stride + x] = static_cast<std::uint8_t>(value(0, x, row));
    }
  }
  for (int row = 0; row < uv_height; ++row) {
    for (int x = 0; x < uv_width; ++x) {
      const auto cu = static_cast<std::uint8_t>(value(1, x, row));
      const auto cv = static_cast<std::uint8_t>(value(2, x, row));
      if (nv12) {
        u[row * stride + 2 * x] = cu;
        u[row * stride + 2 * x + 1] = cv;
      } else {
        u[row * stride + x] = cu;
        v[row * stride + x] = cv;
      }
    }
  }
  frame->planes = {{{y, stride}, {u, stride}, {nv12 ? nullptr : v, nv12 ? 0 : stride}}};
  return frame;
}

// Varies everywhere, smooth enough for JPEG, within the limited range.
int scenery(int plane, int x, int y) {
  const int place = plane == 0 ? 1 : 2;
  return 126 + static_cast<int>(std::lround(90 * std::sin(0.05 * place * x + plane) *
                                            std::cos(0.04 * place * y - plane)));
}

FrameRef scenery_frame(PixelFormat format = PixelFormat::i420, Size size = {64, 48}) {
  return paint(format, size, scenery);
}

int value_at(const data::Frame& frame, int plane, int x, int y) {
  if (frame.format == PixelFormat::nv12 && plane > 0) {
    return frame.planes[1].data[y * frame.planes[1].stride + 2 * x + plane - 1];
  }
  const data::Plane& from = frame.planes[static_cast<std::size_t>(plane)];
  return from.data[y * from.stride + x];
}

// ITU-R BT.601-7 and BT.709-6 as their texts have it, in floating point.
std::array<double, 3> rgb_at(const data::Frame& frame, int x, int y) {
  const bool limited = frame.range == ColorRange::limited;
  const double kr = frame.matrix == ColorMatrix::bt601 ? 0.299 : 0.2126;
  const double kb = frame.matrix == ColorMatrix::bt601 ? 0.114 : 0.0722;
  const double luma = (value_at(frame, 0, x, y) - (limited ? 16 : 0)) / (limited ? 219.0 : 255.0);
  const double cb = (value_at(frame, 1, x / 2, y / 2) - 128) / (limited ? 224.0 : 255.0);
  const double cr = (value_at(frame, 2, x / 2, y / 2) - 128) / (limited ? 224.0 : 255.0);
  const double red = luma + 2 * (1 - kr) * cr;
  const double blue = luma + 2 * (1 - kb) * cb;
  const double green = (luma - kr * red - kb * blue) / (1 - kr - kb);
  const auto byte = [](double value) { return std::clamp(value, 0.0, 1.0) * 255; };
  return {byte(red), byte(green), byte(blue)};
}

std::vector<std::uint8_t> pixels(const data::Frame& frame, const data::Rect& part,
                                 const Resizer::Target& target, Placement* placement = nullptr) {
  std::vector<std::uint8_t> out(
      static_cast<std::size_t>(target.size.width * target.size.height * channels(target.order)));
  Resizer resizer;
  const auto placed = resizer.to_pixels(frame, part, target, out);
  if (!placed) {
    ADD_FAILURE() << placed.error().message;
    return {};
  }
  if (placement != nullptr) *placement = *placed;
  return out;
}

double psnr(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(int{a[i]} - int{b[i]}, 2);
  return sum == 0 ? 100 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

class BothFormats : public testing::TestWithParam<PixelFormat> {};
INSTANTIATE_TEST_SUITE_P(Pictures, BothFormats,
                         testing::Values(PixelFormat::i420, PixelFormat::nv12));

TEST_P(BothFormats, a_crop_shows_exactly_its_pixels_and_says_which) {
  const FrameRef full = scenery_frame(GetParam());
  const auto part = crop(full, {0.25, 0.5, 0.5, 0.25});
  ASSERT_TRUE(part) << part.error().message;
  const data::Frame& view = **part;
  EXPECT_EQ(view.width, 32);
  EXPECT_EQ(view.height, 12);
  EXPECT_EQ(view.covers, (data::Rect{0.25, 0.5, 0.5, 0.25}));
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      ASSERT_EQ(value_at(view, 0, x, y), scenery(0, x + 16, y + 24));
      ASSERT_EQ(value_at(view, 1, x / 2, y / 2), scenery(1, x / 2 + 8, y / 2 + 12));
      ASSERT_EQ(value_at(view, 2, x / 2, y / 2), scenery(2, x / 2 + 8, y / 2 + 12));
    }
  }
  EXPECT_EQ(view.owner, full->owner);
}

TEST_P(BothFormats, a_part_becomes_the_pixels_of_that_part) {
  for (const ColorMatrix matrix : {ColorMatrix::bt601, ColorMatrix::bt709}) {
    for (const ColorRange range : {ColorRange::limited, ColorRange::full}) {
      auto frame = std::make_shared<data::Frame>(*scenery_frame(GetParam()));
      frame->matrix = matrix;
      frame->range = range;
      for (const ChannelOrder order : {ChannelOrder::rgb, ChannelOrder::bgr}) {
        // As large as it is: nothing is scaled.
        const auto out = pixels(*frame, {0.5, 0.25, 0.25, 0.5}, {{16, 24}, order});
        ASSERT_FALSE(out.empty());
        for (int y = 0; y < 24; ++y) {
          for (int x = 0; x < 16; ++x) {
            auto expected = rgb_at(*frame, x + 32, y + 12);
            if (order == ChannelOrder::bgr) std::swap(expected[0], expected[2]);
            for (std::size_t i = 0; i < 3; ++i) {
              const std::size_t at = static_cast<std::size_t>(y * 16 + x) * 3 + i;
              const bool blue = i == (order == ChannelOrder::rgb ? 2U : 0U);
              const int cb = value_at(*frame, 1, x / 2 + 16, y / 2 + 6) - 128;
              const double precision = kPrecision + (blue ? kBlueLoss * std::abs(cb) : 0);
              ASSERT_NEAR(out[at], expected[i], precision) << x << ' ' << y << ' ' << i;
            }
          }
        }
      }
    }
  }
}

TEST_P(BothFormats, shrinking_averages_over_areas) {
  // Stripes of one pixel: whoever only picks pixels sees black or white.
  const FrameRef stripes = paint(GetParam(), {640, 480}, [](int plane, int x, int) {
    return plane == 0 ? (x % 2 == 0 ? 16 : 235) : 128;
  });
  const auto out = pixels(*stripes, {}, {{64, 48}, ChannelOrder::gray});
  for (const std::uint8_t value : out) ASSERT_NEAR(value, 128, 2);
  const auto scaled = scale(stripes, {64, 48});
  ASSERT_TRUE(scaled);
  for (int x = 0; x < 64; ++x) ASSERT_NEAR(value_at(**scaled, 0, x, 20), 126, 2);
}

TEST_P(BothFormats, scaling_keeps_the_picture_and_what_it_covers) {
  const FrameRef full = scenery_frame(GetParam(), {640, 480});
  const auto part = crop(full, {0.25, 0.25, 0.5, 0.5});
  ASSERT_TRUE(part);
  const auto scaled = scale(*part, {81, 61});
  ASSERT_TRUE(scaled) << scaled.error().message;
  const data::Frame& small = **scaled;
  EXPECT_EQ(small.width, 81);
  EXPECT_EQ(small.height, 61);
  EXPECT_EQ(small.format, PixelFormat::i420);
  EXPECT_EQ(small.covers, (data::Rect{0.25, 0.25, 0.5, 0.5}));
  for (int y = 2; y < 59; ++y) {
    for (int x = 2; x < 79; ++x) {
      const double from_x = 160 + (x + 0.5) * 320 / 81 - 0.5;
      const double from_y = 120 + (y + 0.5) * 240 / 61 - 0.5;
      const int expected = scenery(0, static_cast<int>(from_x), static_cast<int>(from_y));
      ASSERT_NEAR(value_at(small, 0, x, y), expected, 14) << x << ' ' << y;
    }
  }
  EXPECT_EQ(*scale(full, {640, 480}), full);
}

TEST(Picture, a_part_is_widened_to_even_pixels_and_cut_at_the_border) {
  const FrameRef full = scenery_frame();
  Placement placement;
  pixels(*full, {5.2 / 64, 7.0 / 48, 10.0 / 64, 10.0 / 48}, {{8, 8}}, &placement);
  EXPECT_DOUBLE_EQ(placement.part.x, 4.0 / 64);
  EXPECT_DOUBLE_EQ(placement.part.width, 12.0 / 64);
  EXPECT_DOUBLE_EQ(placement.part.y, 6.0 / 48);
  EXPECT_DOUBLE_EQ(placement.part.height, 12.0 / 48);
  pixels(*full, {-1, -1, 9, 9}, {{8, 8}}, &placement);
  EXPECT_EQ(placement.part, (data::Rect{0, 0, 1, 1}));
  const auto corner = crop(full, {63.5 / 64, 47.5 / 48, 1, 1});
  ASSERT_TRUE(corner);
  EXPECT_EQ((*corner)->width, 2);
  EXPECT_EQ((*corner)->height, 2);
}

TEST(Picture, a_part_of_a_crop_is_still_in_fractions_of_the_full_picture) {
  const FrameRef full = scenery_frame();
  const auto half = crop(full, {0.5, 0, 0.5, 1});
  ASSERT_TRUE(half);
  const auto quarter = crop(*half, {0.75, 0.5, 0.25, 0.5});
  ASSERT_TRUE(quarter);
  EXPECT_EQ((*quarter)->covers, (data::Rect{0.75, 0.5, 0.25, 0.5}));
  EXPECT_EQ(value_at(**quarter, 0, 0, 0), scenery(0, 48, 24));
  EXPECT_EQ(crop(*half, {0, 0, 0.4, 1}).error().code, Code::range);
}

TEST(Picture, parts_that_are_none_are_errors) {
  const FrameRef full = scenery_frame();
  const double nan = std::nan("");
  for (const data::Rect part :
       {data::Rect{1, 0, 1, 1}, data::Rect{-2, 0, 1, 1}, data::Rect{0, 0, 0, 1},
        data::Rect{0, 0, 1, -1}, data::Rect{nan, 0, 1, 1}, data::Rect{0, 0, nan, 1},
        data::Rect{1e300, 0, 1e300, 1}}) {
    EXPECT_FALSE(crop(full, part)) << part.x << ' ' << part.width;
  }
  EXPECT_EQ(scale(full, {0, 5}).error().code, Code::range);
  EXPECT_EQ(scale(full, {5, kSideMax + 1}).error().code, Code::range);
  auto other = std::make_shared<data::Frame>(*full);
  other->format = PixelFormat::rgb24;
  EXPECT_EQ(crop(other, {}).error().code, Code::wrong_type);
  EXPECT_EQ(encode_jpeg(*other).error().code, Code::wrong_type);
}

TEST(Picture, letterbox_keeps_the_shape_in_the_middle_of_padding) {
  const FrameRef gray = paint(PixelFormat::i420, {64, 32},
                              [](int plane, int, int) { return plane == 0 ? 235 : 128; });
  Resizer::Target target{{32, 32}, ChannelOrder::rgb, Fit::letterbox, 114};
  Placement placement;
  const auto out = pixels(*gray, {}, target, &placement);
  EXPECT_EQ(placement.x, 0);
  EXPECT_EQ(placement.y, 8);
  EXPECT_EQ(placement.width, 32);
  EXPECT_EQ(placement.height, 16);
  for (int y = 0; y < 32; ++y) {
    for (int i = 0; i < 32 * 3; ++i) {
      ASSERT_EQ(out[static_cast<std::size_t>(y * 32 * 3 + i)], y >= 8 && y < 24 ? 255 : 114) << y;
    }
  }
}

TEST(Picture, gray_is_the_luma_in_full_range) {
  auto ramp = std::make_shared<data::Frame>(*paint(
      PixelFormat::i420, {256, 2}, [](int plane, int x, int) { return plane == 0 ? x : 128; }));
  const auto limited = pixels(*ramp, {}, {{256, 2}, ChannelOrder::gray});
  EXPECT_EQ(limited[0], 0);
  EXPECT_EQ(limited[16], 0);
  EXPECT_EQ(limited[126], 128);
  EXPECT_EQ(limited[235], 255);
  EXPECT_EQ(limited[255], 255);
  ramp->range = ColorRange::full;
  const auto full = pixels(*ramp, {}, {{256, 2}, ChannelOrder::gray});
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(full[i], i);
}

TEST(Picture, a_resizer_gives_the_same_whatever_it_did_before) {
  Resizer used;
  std::vector<std::uint8_t> large(100 * 100 * 3), out(20 * 20 * 3);
  const FrameRef frame = scenery_frame(PixelFormat::nv12);
  ASSERT_TRUE(used.to_pixels(*frame, {}, {{100, 100}}, large));
  ASSERT_TRUE(used.to_pixels(*frame, {0, 0, 0.5, 0.5}, {{20, 20}}, out));
  EXPECT_EQ(out, pixels(*frame, {0, 0, 0.5, 0.5}, {{20, 20}}));
}

TEST_P(BothFormats, a_jpeg_shows_the_same_colours_whatever_those_of_the_frame) {
  for (const Size size : {Size{64, 48}, Size{63, 47}, Size{1, 1}}) {
    for (const ColorMatrix matrix : {ColorMatrix::bt601, ColorMatrix::bt709}) {
      for (const ColorRange range : {ColorRange::limited, ColorRange::full}) {
        auto frame = std::make_shared<data::Frame>(*scenery_frame(GetParam(), size));
        frame->matrix = matrix;
        frame->range = range;
        frame->captured_ns = 5;
        auto jpeg = encode_jpeg(*frame, {.quality = 95});
        ASSERT_TRUE(jpeg) << jpeg.error().message;
        EXPECT_EQ(jpeg->format->codec, data::Codec::mjpeg);
        EXPECT_EQ(jpeg->format->width, size.width);
        EXPECT_EQ(jpeg->captured_ns, 5);
        const auto decoder = decoder_for(*jpeg);
        ASSERT_NE(decoder, nullptr);
        const auto back = decode_all(*decoder, {std::make_shared<const data::Packet>(*jpeg)});
        ASSERT_EQ(back.size(), 1u);
        ASSERT_EQ(back[0].frame->width, size.width);
        ASSERT_EQ(back[0].frame->height, size.height);
        EXPECT_EQ(back[0].frame->range, ColorRange::full);
        EXPECT_EQ(back[0].frame->matrix, ColorMatrix::bt601);
        const auto before = pixels(*frame, {}, {size});
        const auto after = pixels(*back[0].frame, {}, {size});
        EXPECT_GT(psnr(before, after), 34) << size.width << " matrix " << static_cast<int>(matrix)
                                           << " range " << static_cast<int>(range);
      }
    }
  }
}

TEST(Picture, jpeg_quality_has_bounds_and_counts) {
  const FrameRef frame = scenery_frame(PixelFormat::i420, {320, 240});
  EXPECT_EQ(encode_jpeg(*frame, {.quality = 0}).error().code, Code::range);
  EXPECT_EQ(encode_jpeg(*frame, {.quality = 101}).error().code, Code::range);
  EXPECT_LT(encode_jpeg(*frame, {.quality = 10})->bytes.size(),
            encode_jpeg(*frame, {.quality = 95})->bytes.size());
}

}  // namespace
}  // namespace weir::media
