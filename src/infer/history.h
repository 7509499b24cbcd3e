// History: the newest tensors of one device, for a model that takes several.
//
// Belongs to one thread at a time. Times are the records' own; where they go back, the history
// begins anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "infer/package.h"

namespace weir::infer {

class History {
 public:
  // A tensor is kept this much earlier than `every` after the one before: frames do not come to the
  // nanosecond.
  static constexpr std::int64_t kSlackPercent = 10;

  // `size` values a tensor.
  History(const Window& window, std::size_t size);

  // `tensors` has room for window.count tensors, and in the place of the last one that of now.
  // Fills in those before it and returns true; false, and nothing filled in, where there are too
  // few yet.
  bool join(std::int64_t time_ns, std::span<float> tensors);

 private:
  float* slot(std::size_t age) {
    return values_.data() + (first_ + age) % times_ns_.size() * size_;
  }
  void forget_before(std::int64_t time_ns);
  void keep(std::int64_t time_ns, std::span<const float> tensor);

  Window window_;
  std::size_t size_;
  // A ring of the last window.count - 1 tensors kept, oldest first from `first_`.
  std::vector<float> values_;
  std::vector<std::int64_t> times_ns_;
  std::size_t first_ = 0, count_ = 0;
  std::int64_t kept_ns_ = 0;
  bool any_kept_ = false;
};

}  // namespace weir::infer
