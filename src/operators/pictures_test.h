// Pictures for the tests of operators: plain gray frames, and records that hold them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "data/batch.h"
#include "data/frame.h"

namespace weir::operators::testing {

// An i420 frame of even width and height, one gray all over.
inline std::shared_ptr<const data::Frame> gray_frame(int width, int height,
                                                     std::uint8_t luma = 126) {
  const auto pixels = std::make_shared<std::vector<std::uint8_t>>(
      static_cast<std::size_t>(width * height * 3 / 2), 128);
  std::fill_n(pixels->begin(), width * height, luma);
  auto frame = std::make_shared<data::Frame>();
  frame->width = width;
  frame->height = height;
  const std::uint8_t* data = pixels->data();
  frame->planes = {data::Plane{data, width}, data::Plane{data + width * height, width / 2},
                   data::Plane{data + width * height * 5 / 4, width / 2}};
  frame->captured_ns = 11;
  frame->received_ns = 12;
  frame->owner = pixels;
  return frame;
}

struct Shot {
  data::Image image;  // without a frame: null
  std::int64_t time_ns = 0;
  data::Device device = 0;
};

// Records with the columns `n` (0, 1, …) and `image`.
inline data::Batch shots(const std::vector<Shot>& all) {
  data::BatchBuilder builder(
      data::make_schema({{"n", data::Kind::int64}, {"image", data::Kind::image}}));
  for (const Shot& shot : all) {
    builder.column(0).append_int64(static_cast<std::int64_t>(builder.size()));
    if (shot.image.frame == nullptr) {
      builder.column(1).append_null();
    } else {
      builder.column(1).append_image(shot.image);
    }
    builder.end_record(shot.time_ns, shot.device);
  }
  return builder.finish();
}

}  // namespace weir::operators::testing
