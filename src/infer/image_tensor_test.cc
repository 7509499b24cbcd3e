// Pictures become tensors as model.yaml says, and places come back.
#include "infer/image_tensor.h"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/solid_frame.h"

namespace weir::infer {
namespace {

using data::Rect;
using ::testing::Each;
using ::testing::FloatNear;

TEST(Convert, GivesEveryByteItsPlaceAndScale) {
  std::mt19937 random(1);
  for (const std::size_t channels : {1, 3}) {
    for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
      for (std::size_t count = 1; count < 40; ++count) {
        std::vector<std::uint8_t> pixels(count * channels + kPixelsSlack);
        for (auto& byte : pixels) byte = static_cast<std::uint8_t>(random());
        Scaling scaling;
        for (std::size_t c = 0; c < channels; ++c) {
          scaling.a.push_back(0.25F * static_cast<float>(c + 1));
          scaling.b.push_back(static_cast<float>(c) - 2);
        }
        std::vector<float> values(count * channels);
        convert(pixels, scaling, layout, values);
        for (std::size_t i = 0; i < count; ++i) {
          for (std::size_t c = 0; c < channels; ++c) {
            const std::size_t place = layout == Layout::nchw ? c * count + i : i * channels + c;
            EXPECT_EQ(values[place],
                      static_cast<float>(pixels[i * channels + c]) * scaling.a[c] + scaling.b[c]);
          }
        }
      }
    }
  }
}

TEST(View, MapsPlacesBack) {
  // A letterboxed picture: 0.25 of padding above and below, of a quarter of the full picture.
  const View view = {.part = {0.5, 0, 0.5, 0.5}, .inner = {0, 0.25, 1, 0.5}};
  const Rect full = view.to_full({0.5, 0.25, 0.25, 0.25});
  EXPECT_DOUBLE_EQ(full.x, 0.75);
  EXPECT_DOUBLE_EQ(full.y, 0);
  EXPECT_DOUBLE_EQ(full.width, 0.125);
  EXPECT_DOUBLE_EQ(full.height, 0.25);
}

#if WEIR_MEDIA

using testing::frame;

InputSpec spec(Channels channels) {
  const std::size_t count = channel_count(channels);
  return {.tensor = "picture",
          .channels = channels,
          .scale = 1 / 255.0,
          .mean = std::vector<double>(count, 0),
          .std = std::vector<double>(count, 1)};
}

class Filler {
 public:
  Filler(const InputSpec& spec, PictureSize size)
      : tensor_(spec, size),
        values(static_cast<std::size_t>(size.width * size.height) * channel_count(spec.channels)) {}

  std::optional<View> fill(const data::Image& image) {
    auto view = tensor_.fill(image, mask_, values);
    EXPECT_TRUE(view) << view.error().message;
    return view ? *view : std::nullopt;
  }

 private:
  ImageTensor tensor_;
  PolygonMask mask_;

 public:
  std::vector<float> values;
};

constexpr float kNear = 0.02F;  // libyuv averages areas a level too dark

TEST(ImageTensor, ChannelsComeInTheOrderAsked) {
  const std::size_t plane = 16 * 12;
  Filler rgb(spec(Channels::rgb), {16, 12});
  rgb.fill({frame(64, 48, testing::kRed), nullptr});
  EXPECT_THAT(std::span(rgb.values).first(plane), Each(FloatNear(1, kNear)));
  EXPECT_THAT(std::span(rgb.values).subspan(plane), Each(FloatNear(0, kNear)));
  Filler bgr(spec(Channels::bgr), {16, 12});
  bgr.fill({frame(64, 48, testing::kRed), nullptr});
  EXPECT_THAT(std::span(bgr.values).first(2 * plane), Each(FloatNear(0, kNear)));
  EXPECT_THAT(std::span(bgr.values).subspan(2 * plane), Each(FloatNear(1, kNear)));
  Filler gray(spec(Channels::gray), {16, 12});
  gray.fill({frame(64, 48, testing::kWhite), nullptr});
  EXPECT_THAT(gray.values, Each(FloatNear(1, kNear)));
}

TEST(ImageTensor, MeanAndDeviationApplyAfterTheScale) {
  InputSpec with = spec(Channels::rgb);
  with.mean = {0.5, 0.25, 1};
  with.std = {0.5, 0.25, 2};
  Filler filler(with, {8, 8});
  filler.fill({frame(64, 48, testing::kWhite), nullptr});
  EXPECT_THAT(std::span(filler.values).first(64), Each(FloatNear(1, 2 * kNear)));
  EXPECT_THAT(std::span(filler.values).subspan(64, 64), Each(FloatNear(3, 4 * kNear)));
  EXPECT_THAT(std::span(filler.values).subspan(128), Each(FloatNear(0, kNear)));
}

TEST(ImageTensor, LetterboxKeepsSidesInProportion) {
  InputSpec with = spec(Channels::gray);
  with.resize = Resize::letterbox;
  with.pad = 51;  // 0.2
  Filler filler(with, {16, 16});
  const auto view = filler.fill({frame(64, 32, testing::kWhite), nullptr});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->inner, (Rect{0, 0.25, 1, 0.5}));
  EXPECT_EQ(view->part, (Rect{0, 0, 1, 1}));
  EXPECT_THAT(std::span(filler.values).first(64), Each(FloatNear(0.2F, 1e-6F)));
  EXPECT_THAT(std::span(filler.values).subspan(64, 128), Each(FloatNear(1, kNear)));
  EXPECT_THAT(std::span(filler.values).last(64), Each(FloatNear(0.2F, 1e-6F)));
}

std::shared_ptr<const data::Region> region(std::vector<data::Point> points) {
  return std::make_shared<const data::Region>(data::Region{std::move(points)});
}

TEST(ImageTensor, RectangleIsCutOut) {
  Filler filler(spec(Channels::gray), {8, 8});
  const auto right = region({{0.5, 0.25}, {1, 0.25}, {1, 0.75}, {0.5, 0.75}});
  const auto view = filler.fill({frame(64, 48, testing::kBlack, testing::kWhite), right});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->part, (Rect{0.5, 0.25, 0.5, 0.5}));
  EXPECT_THAT(filler.values, Each(FloatNear(1, kNear)));
}

TEST(ImageTensor, NothingOutsideAPolygonIsSeen) {
  const auto triangle = region({{0.1, 0.1}, {0.55, 0.2}, {0.2, 0.9}});
  Filler one(spec(Channels::rgb), {16, 16});
  Filler other(spec(Channels::rgb), {16, 16});
  // The two differ only outside: their left halves are equal, and the bounds reach over the middle.
  const auto cut = region({{0.1, 0.1}, {0.5, 0.2}, {0.2, 0.9}});
  one.fill({frame(64, 48, testing::kWhite, testing::kWhite), cut});
  other.fill({frame(64, 48, testing::kWhite, testing::kRed), cut});
  EXPECT_EQ(one.values, other.values);
  EXPECT_THAT(one.values, ::testing::Contains(FloatNear(1, kNear)));
  EXPECT_EQ(one.values[15 * 16 + 15], 0.0F) << "the corner across the diagonal";
  other.fill({frame(64, 48, testing::kWhite, testing::kRed), triangle});
  EXPECT_NE(one.values, other.values) << "a polygon that reaches into the other half sees it";
}

TEST(ImageTensor, RegionBesideThePictureGivesNothing) {
  auto right_half = std::make_shared<data::Frame>(*frame(64, 48, testing::kWhite));
  right_half->covers = {0.5, 0, 0.5, 1};
  Filler filler(spec(Channels::rgb), {8, 8});
  const data::Image rectangle = {right_half, region({{0, 0}, {0.4, 0}, {0.4, 1}, {0, 1}})};
  EXPECT_EQ(filler.fill(rectangle).has_value(), false);
  const data::Image polygon = {right_half, region({{0, 0}, {0.4, 0}, {0, 1}})};
  EXPECT_EQ(filler.fill(polygon).has_value(), false);
}

TEST(ImageTensor, OtherPixelFormatsAreRefused) {
  auto rgb = std::make_shared<data::Frame>(*frame(64, 48, testing::kWhite));
  rgb->format = data::PixelFormat::rgb24;
  ImageTensor tensor(spec(Channels::rgb), {8, 8});
  PolygonMask mask;
  std::vector<float> values(3 * 64);
  for (const auto& seen :
       {std::shared_ptr<const data::Region>(), region({{0, 0}, {1, 0}, {0, 1}})}) {
    const auto view = tensor.fill({rgb, seen}, mask, values);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, base::Code::wrong_type);
  }
}

#endif

}  // namespace
}  // namespace weir::infer
