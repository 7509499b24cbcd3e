// How fast counters grow.
#include "node/rate_meter.h"

#include <utility>

namespace weir::node {

void RateMeter::sample(std::int64_t now_ns, Counters counters) {
  const std::lock_guard lock(mutex_);
  if (!newer_.counters.empty() && now_ns - newer_.time_ns < kSpanNs / 2) return;
  older_ = std::exchange(newer_, {now_ns, std::move(counters)});
}

double RateMeter::rate(const std::string& name, std::uint64_t value, std::int64_t now_ns) const {
  const std::lock_guard lock(mutex_);
  const Sample& since = older_.counters.empty() ? newer_ : older_;
  const auto found = since.counters.find(name);
  if (found == since.counters.end() || value < found->second || now_ns <= since.time_ns) return 0;
  return static_cast<double>(value - found->second) * 1e9 /
         static_cast<double>(now_ns - since.time_ns);
}

}  // namespace weir::node
