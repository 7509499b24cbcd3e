// Decoders of detectors' outputs.
#include "infer/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "infer/tensor.h"

namespace weir::infer {
namespace {

constexpr std::size_t kBoxChannels = 5;  // objectness, tx, ty, tw, th

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

base::Result<> check_fastestdet(std::span<const std::int64_t> shape, std::size_t labels) {
  if (shape.size() == 4 && shape[0] == 1 &&
      shape[1] == static_cast<std::int64_t>(kBoxChannels + labels))
    return {};
  return base::fail(
      base::Code::model,
      fmt::format("has shape {}, but fastestdet with {} labels expects [1, {}, height, width]",
                  format_shape(shape), labels, kBoxChannels + labels));
}

// FastestDet (github.com/dog-qiuqiu/FastestDet), module `handle_preds`: a cell of the grid holds at
// most one object, whose centre is the cell's corner moved by tanh, and whose sides are fractions
// of the picture.
void decode_fastestdet(std::span<const float> values, std::span<const std::int64_t> shape,
                       double score, std::vector<Detection>& detections) {
  const auto rows = static_cast<std::size_t>(shape[2]);
  const auto columns = static_cast<std::size_t>(shape[3]);
  const std::size_t cells = rows * columns;
  const std::size_t labels = static_cast<std::size_t>(shape[1]) - kBoxChannels;
  // score = object^0.6 * best^0.4, so score^5 = object^3 * best^2: most cells need no power. The
  // slack covers its rounding.
  const double least = std::pow(score, 5) * (1 - 1e-6);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const double object = values[cell];
    if (!(object > 0)) continue;
    std::size_t label = 0;
    float best = values[kBoxChannels * cells + cell];
    for (std::size_t i = 1; i < labels; ++i) {
      const float value = values[(kBoxChannels + i) * cells + cell];
      if (value > best) {
        best = value;
        label = i;
      }
    }
    if (!(best > 0) || object * object * object * best * best < least) continue;
    const double found = std::pow(object, 0.6) * std::pow(best, 0.4);
    if (!(found >= score)) continue;
    const auto channel = [&](std::size_t i) {
      return static_cast<double>(values[i * cells + cell]);
    };
    const double x = (static_cast<double>(cell % columns) + std::tanh(channel(1))) /
                     static_cast<double>(columns);
    const double y =
        (static_cast<double>(cell / columns) + std::tanh(channel(2))) / static_cast<double>(rows);
    const double width = sigmoid(channel(3));
    const double height = sigmoid(channel(4));
    if (!std::isfinite(found + x + y + width + height)) continue;
    detections.push_back({label, found, x - width / 2, y - height / 2, width, height});
  }
}

constexpr std::array kDecoders = {Decoder{"fastestdet", check_fastestdet, decode_fastestdet}};

double overlap_of(const Detection& a, const Detection& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const double both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

}  // namespace

std::span<const Decoder> decoders() {
  return kDecoders;
}

const Decoder* find_decoder(std::string_view name) {
  const auto found = std::ranges::find(kDecoders, name, &Decoder::name);
  return found == kDecoders.end() ? nullptr : &*found;
}

void suppress(std::vector<Detection>& detections, double overlap) {
  std::ranges::stable_sort(detections, std::ranges::greater(), &Detection::score);
  std::size_t kept = 0;
  for (const Detection& candidate : detections) {
    const bool weaker =
        std::ranges::any_of(std::span(detections).first(kept), [&](const Detection& stronger) {
          if (stronger.label != candidate.label) return false;
          const double found = overlap_of(stronger, candidate);
          return found > 0 && found >= overlap;
        });
    if (!weaker) detections[kept++] = candidate;
  }
  detections.resize(kept);
}

}  // namespace weir::infer
