// Backoff: how long to wait before the next try; twice as long after each failure, with jitter, so
// that the devices of a site do not all come back at one moment.
//
// A plain value of one thread.
#pragma once

#include <cstdint>

namespace weir::base {

struct BackoffLimits {
  std::int64_t delay_ns_min = 1'000'000'000;
  std::int64_t delay_ns_max = 30'000'000'000;
};

class Backoff {
 public:
  static constexpr std::int64_t kHealthyNs = 10'000'000'000;

  explicit Backoff(BackoffLimits limits = {}) : limits_(limits), full_ns_(limits.delay_ns_min) {}

  // `random` is uniform in [0, 1): the delay lies between half of the full one and all of it.
  std::int64_t next_ns(double random);
  // The longest delay: for what more tries make worse, such as a wrong password, which can lock an
  // account.
  std::int64_t longest_ns(double random) const;
  void reset() { full_ns_ = limits_.delay_ns_min; }
  // As reset(), where what failed had lasted so long that it was a success.
  void reset_after(std::int64_t lasted_ns) {
    if (lasted_ns >= kHealthyNs) reset();
  }

 private:
  BackoffLimits limits_;
  std::int64_t full_ns_;
};

}  // namespace weir::base
