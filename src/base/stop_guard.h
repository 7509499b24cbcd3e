// StopGuard: ends the process when its stop takes longer than it may.
//
// For a program that survives SIGKILL without a loss, and whose stop may wait for what has no
// deadline of its own: a disk that does not answer, a request that is worked on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>

namespace weir::base {

// Ends the process with exit code 1, without waiting for any thread, and says the line on standard
// error where that does not block.
[[noreturn]] void end_process(std::string_view line);

class StopGuard {
 public:
  // From now on: the process ends when `limit_ns` is over.
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
