// Exponential backoff with jitter.
#include "base/backoff.h"

#include <algorithm>

namespace weir::base {
namespace {

std::int64_t jittered(std::int64_t full_ns, double random) {
  const std::int64_t half_ns = full_ns / 2;
  return half_ns + static_cast<std::int64_t>(static_cast<double>(half_ns) * random);
}

}  // namespace

std::int64_t Backoff::next_ns(double random) {
  const std::int64_t delay = jittered(full_ns_, random);
  full_ns_ = std::min(full_ns_ * 2, limits_.delay_ns_max);
  return delay;
}

std::int64_t Backoff::longest_ns(double random) const {
  return jittered(limits_.delay_ns_max, random);
}

}  // namespace weir::base
