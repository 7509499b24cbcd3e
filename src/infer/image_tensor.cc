// Pictures to tensors: cut, scaled and converted by media, then to floats.
#include "infer/image_tensor.h"

#include <cmath>
#include <cstring>
#include <utility>

#if WEIR_MEDIA
#include "media/picture.h"
#endif

namespace weir::infer {
namespace {

// Four pixels of three bytes at a time: a load of four bytes holds a pixel in its lower three.
using Words = std::uint32_t __attribute__((vector_size(16)));
using Signed = std::int32_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 4;

std::uint32_t load_word(const std::uint8_t* bytes) {
  std::uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

void store_scaled(Words bytes, float a, float b, float* to) {
  const Floats values = __builtin_convertvector(reinterpret_cast<Signed>(bytes), Floats) * a + b;
  std::memcpy(to, &values, sizeof(values));
}

void convert_planar3(const std::uint8_t* pixels, std::size_t count, const Scaling& scaling,
                     float* values) {
  const float a0 = scaling.a[0], a1 = scaling.a[1], a2 = scaling.a[2];
  const float b0 = scaling.b[0], b1 = scaling.b[1], b2 = scaling.b[2];
  float* const plane0 = values;
  float* const plane1 = values + count;
  float* const plane2 = values + 2 * count;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const std::uint8_t* from = pixels + 3 * i;
    const Words words = {load_word(from), load_word(from + 3), load_word(from + 6),
                         load_word(from + 9)};
    store_scaled(words & 0xff, a0, b0, plane0 + i);
    store_scaled(words >> 8 & 0xff, a1, b1, plane1 + i);
    store_scaled(words >> 16 & 0xff, a2, b2, plane2 + i);
  }
  for (; i < count; ++i) {
    plane0[i] = static_cast<float>(pixels[3 * i]) * a0 + b0;
    plane1[i] = static_cast<float>(pixels[3 * i + 1]) * a1 + b1;
    plane2[i] = static_cast<float>(pixels[3 * i + 2]) * a2 + b2;
  }
}

}  // namespace

data::Rect View::to_full(const data::Rect& place) const {
  const double x = part.width / inner.width;
  const double y = part.height / inner.height;
  return {part.x + (place.x - inner.x) * x, part.y + (place.y - inner.y) * y, place.width * x,
          place.height * y};
}

void convert(std::span<const std::uint8_t> pixels, const Scaling& scaling, Layout layout,
             std::span<float> values) {
  const std::size_t channels = scaling.a.size();
  if (layout == Layout::nchw && channels == 3) {
    convert_planar3(pixels.data(), values.size() / channels, scaling, values.data());
    return;
  }
  // One channel, or interleaved as the pixels are.
  for (std::size_t i = 0; i < values.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      values[i + c] = static_cast<float>(pixels[i + c]) * scaling.a[c] + scaling.b[c];
    }
  }
}

#if WEIR_MEDIA

struct ImageTensor::Pixels {
  media::Resizer resizer;
  media::Resizer::Target target;
  std::vector<std::uint8_t> bytes;
};

ImageTensor::ImageTensor(const InputSpec& spec, PictureSize size)
    : spec_(spec), size_(size), pixels_(std::make_unique<Pixels>()) {
  const std::size_t channels = channel_count(spec.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    scaling_.a.push_back(static_cast<float>(spec.scale / spec.std[c]));
    scaling_.b.push_back(static_cast<float>(-spec.mean[c] / spec.std[c]));
  }
  media::Resizer::Target& target = pixels_->target;
  target.size = {size.width, size.height};
  target.order = spec.channels == Channels::rgb   ? media::ChannelOrder::rgb
                 : spec.channels == Channels::bgr ? media::ChannelOrder::bgr
                                                  : media::ChannelOrder::gray;
  target.fit = spec.resize == Resize::stretch ? media::Fit::stretch : media::Fit::letterbox;
  target.padding = static_cast<std::uint8_t>(std::lround(spec.pad));
  pixels_->bytes.resize(static_cast<std::size_t>(size.width) *
                            static_cast<std::size_t>(size.height) * channels +
                        kPixelsSlack);
}

base::Result<std::optional<View>> ImageTensor::fill(const data::Image& image, PolygonMask& mask,
                                                    std::span<float> values) {
  const data::Frame* frame = image.frame.get();
  data::Rect part = frame->covers;
  if (image.region != nullptr) {
    part = image.region->bounds();
    if (!image.region->upright_rectangle()) {
      const auto masked = mask.apply(*frame, *image.region);
      if (!masked && masked.error().code == base::Code::range) return std::nullopt;
      if (!masked) return std::unexpected(masked.error());
      frame = *masked;
      part = frame->covers;
    }
  }
  const auto bytes = std::span(pixels_->bytes).first(pixels_->bytes.size() - kPixelsSlack);
  const auto placed = pixels_->resizer.to_pixels(*frame, part, pixels_->target, bytes);
  if (!placed && placed.error().code == base::Code::range) return std::nullopt;
  if (!placed) return std::unexpected(placed.error());
  convert(pixels_->bytes, scaling_, spec_.layout, values);
  const double width = size_.width;
  const double height = size_.height;
  return View{
      placed->part,
      {placed->x / width, placed->y / height, placed->width / width, placed->height / height}};
}

#else

struct ImageTensor::Pixels {};

ImageTensor::ImageTensor(const InputSpec& spec, PictureSize size) : spec_(spec), size_(size) {}

base::Result<std::optional<View>> ImageTensor::fill(const data::Image&, PolygonMask&,
                                                    std::span<float>) {
  return base::fail(base::Code::not_yet, "this build has no video (WEIR_MEDIA=OFF)");
}

#endif

ImageTensor::~ImageTensor() = default;
ImageTensor::ImageTensor(ImageTensor&&) noexcept = default;

}  // namespace weir::infer
