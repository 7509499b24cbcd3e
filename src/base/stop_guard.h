// StopGuard: ends the process when its stop takes longer than it may.
//
// For a program that survives SIGKILL without a loss, and whose stop may wait for what has no
// deadline of its own: a disk that does not answer, a request that is worked on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace weir::base {

class StopGuard {
 public:
  // From now on. At the end of `limit_ns` says so on standard error and ends the process, with exit
  // code 1 and without waiting for any thread.
  explicit StopGuard(std::int64_t limit_ns);
  ~StopGuard();  // the stop is over
  StopGuard(const StopGuard&) = delete;
  StopGuard& operator=(const StopGuard&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace weir::base
