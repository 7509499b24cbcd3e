// Backoff: how long to wait before the next try; twice as long after each failure, with jitter, so
// that the devices of a site do not all come back at one moment.
//
// A plain value of one thread.
#pragma once

#include <cstdint>

namespace weir::drivers {

class Backoff {
 public:
  static constexpr std::int64_t kDelayNsMin = 1'000'000'000;
  static constexpr std::int64_t kDelayNsMax = 30'000'000'000;

  // `random` is uniform in [0, 1): the delay lies between half of the full one and all of it.
  std::int64_t next_ns(double random);
  // The longest delay: for what more tries make worse, such as a wrong password, which can lock an
  // account.
  std::int64_t longest_ns(double random) const;
  void reset() { full_ns_ = kDelayNsMin; }

 private:
  std::int64_t full_ns_ = kDelayNsMin;
};

}  // namespace weir::drivers
