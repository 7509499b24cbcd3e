// Keeps the newest tensors of a device.
#include "infer/history.h"

#include <algorithm>

#include "base/check.h"

namespace weir::infer {

History::History(const Window& window, std::size_t size)
    : window_(window),
      size_(size),
      values_(static_cast<std::size_t>(window.count - 1) * size),
      times_ns_(static_cast<std::size_t>(window.count - 1)) {}

bool History::join(std::int64_t time_ns, std::span<float> tensors) {
  const std::size_t before = times_ns_.size();
  CHECK(tensors.size() == (before + 1) * size_);
  if (any_kept_ && time_ns < kept_ns_) {
    count_ = 0;
    any_kept_ = false;
  }
  forget_before(time_ns - window_.within_ns);
  const bool full = count_ == before;
  if (full) {
    for (std::size_t i = 0; i < before; ++i)
      std::copy_n(slot(i), size_, tensors.data() + i * size_);
  }
  const std::int64_t slack_ns = window_.every_ns / 100 * kSlackPercent;
  if (!any_kept_ || time_ns - kept_ns_ >= window_.every_ns - slack_ns)
    keep(time_ns, tensors.last(size_));
  return full;
}

void History::forget_before(std::int64_t time_ns) {
  while (count_ > 0 && times_ns_[first_] < time_ns) {
    first_ = (first_ + 1) % times_ns_.size();
    --count_;
  }
}

void History::keep(std::int64_t time_ns, std::span<const float> tensor) {
  any_kept_ = true;
  kept_ns_ = time_ns;
  if (times_ns_.empty()) return;
  if (count_ == times_ns_.size()) {
    first_ = (first_ + 1) % times_ns_.size();
    --count_;
  }
  std::ranges::copy(tensor, slot(count_));
  times_ns_[(first_ + count_) % times_ns_.size()] = time_ns;
  ++count_;
}

}  // namespace weir::infer
