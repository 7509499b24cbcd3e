// RateMeter: how fast counters grow, over the last kSpanNs or so.
//
// Thread-safe. Someone calls `sample` now and then; a counter is known by its name.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace weir::node {

class RateMeter {
 public:
  static constexpr std::int64_t kSpanNs = 10'000'000'000;

  using Counters = std::map<std::string, std::uint64_t>;

  // Times are monotonic. A sample sooner than half the span after the one before is left out.
  void sample(std::int64_t now_ns, Counters counters);
  // A second, since the older of two samples; 0 where the counter was not there, or went back.
  double rate(const std::string& name, std::uint64_t value, std::int64_t now_ns) const;

 private:
  struct Sample {
    std::int64_t time_ns = 0;
    Counters counters;
  };

  mutable std::mutex mutex_;
  Sample older_, newer_;
};

}  // namespace weir::node
