// Planes: the part of a frame that is worked on, in pixels; what crop, scale and JPEG share. For
// src/media alone.
//
// A plain value; valid as long as its frame is held.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "data/frame.h"

namespace weir::media {

// 4:2:0: u and v have half the width and height of y, rounded up.
struct Planes {
  data::Plane y, u, v;
  int width = 0, height = 0;
};

constexpr int half(int pixels) {
  return (pixels + 1) / 2;
}

// Pixels of a frame; x and y are even.
struct PixelRect {
  int x = 0, y = 0, width = 0, height = 0;
  friend bool operator==(const PixelRect&, const PixelRect&) = default;
};

// Fails where `frame` is neither i420 nor nv12, or has no pixels.
base::Result<> check_planes(const data::Frame& frame);

// The pixels of a checked frame that show `part` of the full picture, borders outward to even
// pixels. Code::range where there are none.
base::Result<PixelRect> pixels_of(const data::Frame& frame, const data::Rect& part);
// The part of the full picture that these pixels show.
data::Rect part_of(const data::Frame& frame, const PixelRect& pixels);

// These pixels of a checked frame. The colours of nv12 are taken apart into `scratch`.
Planes planes_of(const data::Frame& frame, const PixelRect& pixels,
                 std::vector<std::uint8_t>& scratch);

// Scales into planes that are there.
void scale_planes(const Planes& from, const Planes& to);

}  // namespace weir::media
