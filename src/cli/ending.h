// Ending: how a run ends when it is told to, whatever blocks.
//
// SIGINT or SIGTERM asks for the end. A second signal, or kGraceNs after the first, ends the
// process on the spot with exit code 1: an output whose reader has stalled would keep it for ever.
// Make one before any thread is started. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/stop_signals.h"

namespace weir::cli {

class Ending {
 public:
  static constexpr std::int64_t kDrainNs = 10'000'000'000;            // for what was taken before
  static constexpr std::int64_t kGraceNs = kDrainNs + 2'000'000'000;  // and for the last counters

  explicit Ending(const base::Clock& clock);
  ~Ending();
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  // Asks for the end, as a signal does. Whether nobody had before.
  bool ask();
  bool asked() const { return asked_ns_.load(std::memory_order_acquire) != kNever; }
  // Ends the process with exit code 1, without waiting for any thread.
  [[noreturn]] static void leave(std::string_view reason);

 private:
  static constexpr std::int64_t kNever = -1;
  void watch();

  const base::StopSignals signals_;
  const base::Clock& clock_;
  std::atomic<std::int64_t> asked_ns_ = kNever;  // monotonic
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace weir::cli
