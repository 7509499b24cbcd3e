// Decoders: how the output tensor of a detector becomes detections. model.yaml names one.
//
// Pure functions, thread-safe. A new family of detectors is one entry of the table in decoder.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::infer {

// In fractions of the picture that the model sees; x and y are the upper left corner.
struct Detection {
  std::size_t label = 0;  // index
  double score = 0;
  double x = 0, y = 0, width = 0, height = 0;
};

struct Decoder {
  std::string_view name;
  // Whether a tensor of that shape, with so many labels, is one of this decoder's; says what was
  // expected.
  base::Result<> (*check)(std::span<const std::int64_t> shape, std::size_t labels);
  // Appends every detection of at least `score`; `shape` has passed `check`.
  void (*decode)(std::span<const float> values, std::span<const std::int64_t> shape, double score,
                 std::vector<Detection>& detections);
};

std::span<const Decoder> decoders();
const Decoder* find_decoder(std::string_view name);  // null where there is none

// Non-maximum suppression: strongest first, drops whoever overlaps a stronger one of the same label
// by an intersection over union of `overlap` or more. What remains is ordered by falling score.
void suppress(std::vector<Detection>& detections, double overlap);

}  // namespace weir::infer
