// Pictures of one colour, or of one colour a half. For tests only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "data/frame.h"

namespace weir::infer::testing {

// Y, Cb, Cr of ITU-R BT.601 in limited range.
using Color = std::array<std::uint8_t, 3>;
inline constexpr Color kBlack = {16, 128, 128}, kWhite = {235, 128, 128}, kGray = {126, 128, 128};
inline constexpr Color kRed = {81, 90, 240}, kGreen = {145, 54, 34}, kBlue = {41, 240, 110};

// An i420 frame, `left` and `right` each on its half; width and height are multiples of four.
inline std::shared_ptr<const data::Frame> frame(int width, int height, Color left, Color right) {
  auto pixels = std::make_shared<std::vector<std::uint8_t>>();
  auto frame = std::make_shared<data::Frame>();
  frame->width = width;
  frame->height = height;
  for (std::size_t plane = 0; plane < 3; ++plane) {
    const int columns = plane == 0 ? width : width / 2;
    const int rows = plane == 0 ? height : height / 2;
    for (int i = 0; i < columns * rows; ++i) {
      pixels->push_back(i % columns < columns / 2 ? left[plane] : right[plane]);
    }
  }
  const std::uint8_t* data = pixels->data();
  frame->planes = {data::Plane{data, width}, data::Plane{data + width * height, width / 2},
                   data::Plane{data + width * height * 5 / 4, width / 2}};
  frame->owner = std::move(pixels);
  return frame;
}

inline std::shared_ptr<const data::Frame> frame(int width, int height, Color color) {
  return frame(width, height, color, color);
}

}  // namespace weir::infer::testing
