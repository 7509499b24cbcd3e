// Crop and scale in the decoder's colours, then convert: libyuv does each in one pass.
#include "media/picture.h"

#include <fmt/format.h>
#include <libyuv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "media/planes.h"

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int kStrideAlignment = 32;  // bytes: an AVX2 register

constexpr int aligned(int bytes) {
  return (bytes + kStrideAlignment - 1) / kStrideAlignment * kStrideAlignment;
}

Result<> check_size(Size size) {
  if (size.width >= 1 && size.width <= kSideMax && size.height >= 1 && size.height <= kSideMax)
    return {};
  return fail(Code::range,
              fmt::format("a picture cannot have {} x {} pixels; each side has 1 to {}", size.width,
                          size.height, kSideMax));
}

PixelRect whole(const data::Frame& frame) {
  return {0, 0, frame.width, frame.height};
}

std::size_t area(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

// Planes of this size laid one after the other into `memory`, which has room.
Planes lay_out(std::uint8_t* memory, Size size, int stride_y, int stride_uv) {
  const std::size_t y = area(stride_y, size.height);
  const std::size_t uv = area(stride_uv, half(size.height));
  return {{memory, stride_y},
          {memory + y, stride_uv},
          {memory + y + uv, stride_uv},
          size.width,
          size.height};
}

std::size_t bytes_of(Size size, int stride_y, int stride_uv) {
  return area(stride_y, size.height) + 2 * area(stride_uv, half(size.height));
}

struct Output {
  std::uint8_t* data = nullptr;
  int stride = 0;
};

// libyuv names the bytes of a pixel as a little-endian number: its RGB24 is B, G, R in memory. With
// u and v exchanged, and the constants for that, the same function gives R, G, B.
void to_colors(const Planes& from, ChannelOrder order, const data::Frame& frame, Output out) {
  const bool rgb = order == ChannelOrder::rgb;
  const bool full = frame.range == data::ColorRange::full;
  const bool bt709 = frame.matrix == data::ColorMatrix::bt709;
  const libyuv::YuvConstants* constants = nullptr;
  if (rgb) {
    constants = bt709 ? (full ? &libyuv::kYvuF709Constants : &libyuv::kYvuH709Constants)
                      : (full ? &libyuv::kYvuJPEGConstants : &libyuv::kYvuI601Constants);
  } else {
    constants = bt709 ? (full ? &libyuv::kYuvF709Constants : &libyuv::kYuvH709Constants)
                      : (full ? &libyuv::kYuvJPEGConstants : &libyuv::kYuvI601Constants);
  }
  const data::Plane& first = rgb ? from.v : from.u;
  const data::Plane& second = rgb ? from.u : from.v;
  CHECK(libyuv::I420ToRGB24Matrix(from.y.data, from.y.stride, first.data, first.stride, second.data,
                                  second.stride, out.data, out.stride, constants, from.width,
                                  from.height) == 0);
}

constexpr std::array<std::uint8_t, 256> stretch_table() {
  constexpr int kBlack = 16;  // of limited range; white is 235
  constexpr int kRange = 219;
  std::array<std::uint8_t, 256> table = {};
  for (int i = 0; i < 256; ++i) {
    table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(
        std::clamp(((i - kBlack) * 255 * 2 + kRange) / (2 * kRange), 0, 255));
  }
  return table;
}

void to_gray(const Planes& from, const data::Frame& frame, Output out) {
  static constexpr auto kStretched = stretch_table();
  for (int row = 0; row < from.height; ++row) {
    const std::uint8_t* line = from.y.data + std::ptrdiff_t{row} * from.y.stride;
    std::uint8_t* to = out.data + std::ptrdiff_t{row} * out.stride;
    if (frame.range == data::ColorRange::full) {
      std::memcpy(to, line, static_cast<std::size_t>(from.width));
    } else {
      std::transform(line, line + from.width, to, [](std::uint8_t y) { return kStretched[y]; });
    }
  }
}

// The middle of `size` that a picture of `from` pixels fills.
Placement place(const PixelRect& from, Size size, Fit fit) {
  Placement placement{{}, 0, 0, size.width, size.height};
  if (fit == Fit::stretch) return placement;
  const double scale = std::min(static_cast<double>(size.width) / from.width,
                                static_cast<double>(size.height) / from.height);
  const auto side = [&](int pixels, int most) {
    return std::clamp(static_cast<int>(std::lround(pixels * scale)), 1, most);
  };
  placement.width = side(from.width, size.width);
  placement.height = side(from.height, size.height);
  placement.x = (size.width - placement.width) / 2;
  placement.y = (size.height - placement.height) / 2;
  return placement;
}

}  // namespace

Result<FrameRef> crop(const FrameRef& frame, const data::Rect& part) {
  TRY_DO(check_planes(*frame));
  TRY(const PixelRect pixels, pixels_of(*frame, part));
  if (pixels == whole(*frame)) return frame;
  auto view = std::make_shared<data::Frame>(*frame);
  view->width = pixels.width;
  view->height = pixels.height;
  view->covers = part_of(*frame, pixels);
  const bool nv12 = frame->format == data::PixelFormat::nv12;
  view->planes[0].data += std::ptrdiff_t{pixels.y} * view->planes[0].stride + pixels.x;
  for (std::size_t i = 1; i < (nv12 ? 2U : 3U); ++i) {
    view->planes[i].data +=
        std::ptrdiff_t{pixels.y / 2} * view->planes[i].stride + (nv12 ? pixels.x : pixels.x / 2);
  }
  view->owner = frame->owner;
  return FrameRef(std::move(view));
}

Result<FrameRef> scale(const FrameRef& frame, Size size) {
  TRY_DO(check_planes(*frame));
  TRY_DO(check_size(size));
  if (size == Size{frame->width, frame->height}) return frame;
  const int stride_y = aligned(size.width);
  const int stride_uv = aligned(half(size.width));
  std::shared_ptr<std::uint8_t[]> memory(new std::uint8_t[bytes_of(size, stride_y, stride_uv)]);
  const Planes to = lay_out(memory.get(), size, stride_y, stride_uv);
  std::vector<std::uint8_t> scratch;
  scale_planes(planes_of(*frame, whole(*frame), scratch), to);
  auto scaled = std::make_shared<data::Frame>(*frame);
  scaled->format = data::PixelFormat::i420;
  scaled->width = size.width;
  scaled->height = size.height;
  scaled->planes = {to.y, to.u, to.v};
  scaled->owner = std::move(memory);
  return FrameRef(std::move(scaled));
}

Result<Placement> Resizer::to_pixels(const data::Frame& frame, const data::Rect& part,
                                     const Target& target, std::span<std::uint8_t> out) {
  TRY_DO(check_planes(frame));
  TRY_DO(check_size(target.size));
  TRY(const PixelRect pixels, pixels_of(frame, part));
  const int bytes_per_pixel = channels(target.order);
  CHECK(out.size() ==
        area(target.size.width, target.size.height) * static_cast<std::size_t>(bytes_per_pixel));

  Placement placement = place(pixels, target.size, target.fit);
  placement.part = part_of(frame, pixels);
  const Size inner{placement.width, placement.height};
  if (inner != target.size) std::memset(out.data(), target.padding, out.size());

  Planes planes = planes_of(frame, pixels, chroma_);
  if (inner != Size{pixels.width, pixels.height}) {
    const int stride_y = aligned(inner.width);
    const int stride_uv = aligned(half(inner.width));
    scaled_.resize(bytes_of(inner, stride_y, stride_uv));
    const Planes to = lay_out(scaled_.data(), inner, stride_y, stride_uv);
    scale_planes(planes, to);
    planes = to;
  }
  const int stride = target.size.width * bytes_per_pixel;
  const Output at{out.data() + std::ptrdiff_t{placement.y} * stride +
                      std::ptrdiff_t{placement.x} * bytes_per_pixel,
                  stride};
  if (target.order == ChannelOrder::gray) {
    to_gray(planes, frame, at);
  } else {
    to_colors(planes, target.order, frame, at);
  }
  return placement;
}

}  // namespace weir::media
