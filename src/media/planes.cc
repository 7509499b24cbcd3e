// Pixels of frames.
#include "media/planes.h"

#include <fmt/format.h>
#include <libyuv.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

struct Span {
  int start = 0, size = 0;
};

// Even pixels around [from, from + size) fractions of the full picture, of which the frame's
// `pixels` cover [covers, covers + extent).
Span even_span(double from, double size, double covers, double extent, int pixels) {
  constexpr double kRounding = 1e-6;  // of a pixel: what is lost in computing with fractions
  const double scale = pixels / extent;
  const double low = std::floor((from - covers) * scale + kRounding);
  const double high = std::ceil((from + size - covers) * scale - kRounding);
  // Also false where one of them is no number.
  if (!(low < high) || !(low < pixels) || !(high > 0)) return {};
  const int start = static_cast<int>(std::max(low, 0.0)) & ~1;
  const int end =
      std::min(2 * half(static_cast<int>(std::min(high, static_cast<double>(pixels)))), pixels);
  return {start, end - start};
}

}  // namespace

Result<> check_planes(const data::Frame& frame) {
  if (frame.format != data::PixelFormat::i420 && frame.format != data::PixelFormat::nv12) {
    return fail(Code::wrong_type,
                "a picture is neither i420 nor nv12; only these can be processed");
  }
  if (frame.width <= 0 || frame.height <= 0 || frame.planes[0].data == nullptr) {
    return fail(Code::range, "a picture has no pixels");
  }
  return {};
}

Result<PixelRect> pixels_of(const data::Frame& frame, const data::Rect& part) {
  const data::Rect& covers = frame.covers;
  const Span x = even_span(part.x, part.width, covers.x, covers.width, frame.width);
  const Span y = even_span(part.y, part.height, covers.y, covers.height, frame.height);
  if (x.size <= 0 || y.size <= 0) {
    return fail(
        Code::range,
        fmt::format(
            "the part at x {:.4g}, y {:.4g}, {:.4g} wide and {:.4g} high lies outside the picture",
            part.x, part.y, part.width, part.height));
  }
  return PixelRect{x.start, y.start, x.size, y.size};
}

data::Rect part_of(const data::Frame& frame, const PixelRect& pixels) {
  const data::Rect& covers = frame.covers;
  const double across = covers.width / frame.width;
  const double down = covers.height / frame.height;
  return {covers.x + pixels.x * across, covers.y + pixels.y * down, pixels.width * across,
          pixels.height * down};
}

Planes planes_of(const data::Frame& frame, const PixelRect& pixels,
                 std::vector<std::uint8_t>& scratch) {
  const auto at = [&](std::size_t plane, int x, int y) {
    const data::Plane& from = frame.planes[plane];
    return data::Plane{from.data + std::ptrdiff_t{y} * from.stride + x, from.stride};
  };
  Planes planes;
  planes.width = pixels.width;
  planes.height = pixels.height;
  planes.y = at(0, pixels.x, pixels.y);
  if (frame.format == data::PixelFormat::i420) {
    planes.u = at(1, pixels.x / 2, pixels.y / 2);
    planes.v = at(2, pixels.x / 2, pixels.y / 2);
    return planes;
  }
  const int width = half(pixels.width);
  const int height = half(pixels.height);
  const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  scratch.resize(2 * size);
  const data::Plane uv = at(1, pixels.x, pixels.y / 2);
  libyuv::SplitUVPlane(uv.data, uv.stride, scratch.data(), width, scratch.data() + size, width,
                       width, height);
  planes.u = {scratch.data(), width};
  planes.v = {scratch.data() + size, width};
  return planes;
}

void scale_planes(const Planes& from, const Planes& to) {
  const auto out = [](const data::Plane& plane) { return const_cast<std::uint8_t*>(plane.data); };
  // kFilterBox averages when shrinking by more than two, and is bilinear otherwise.
  CHECK(libyuv::I420Scale(from.y.data, from.y.stride, from.u.data, from.u.stride, from.v.data,
                          from.v.stride, from.width, from.height, out(to.y), to.y.stride, out(to.u),
                          to.u.stride, out(to.v), to.v.stride, to.width, to.height,
                          libyuv::kFilterBox) == 0);
}

}  // namespace weir::media
