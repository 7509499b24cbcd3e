// Clock: where the time comes from; injected, so that a test owns it.
//
// Thread-safe. Wall time is nanoseconds since 1970-01-01T00:00:00Z and may jump; monotonic time
// counts nanoseconds from an arbitrary start and never goes back: deadlines and durations use it.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ns() const = 0;
  virtual std::int64_t monotonic_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ns() const override;
  std::int64_t monotonic_ns() const override;
};

// A clock that stands still until told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_ns = 0) : now_ns_(start_ns) {}
  std::int64_t wall_ns() const override { return now_ns_; }
  std::int64_t monotonic_ns() const override { return now_ns_; }
  void advance(std::int64_t ns) { now_ns_ += ns; }

 private:
  std::atomic<std::int64_t> now_ns_;
};

}  // namespace weir::base
