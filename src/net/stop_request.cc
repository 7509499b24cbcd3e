// A thread that takes the signal to stop.
#include "net/stop_request.h"

#include <signal.h>

#include <chrono>
#include <limits>

#include "net/quiet_thread.h"

namespace weir::net {

StopRequest::StopRequest(const base::StopSignals& signals, std::int64_t limit_ns)
    : thread_(start_quiet_thread([this, &signals, limit_ns] { work(signals, limit_ns); })) {}

StopRequest::~StopRequest() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  // To the thread alone: it may wait for a signal that nobody sends any more.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): it is blocked, and ends no thread
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void StopRequest::work(const base::StopSignals& signals, std::int64_t limit_ns) {
  while (!signals.wait(std::numeric_limits<std::int64_t>::max())) {
  }
  const std::lock_guard lock(mutex_);
  if (over_) return;
  guard_.emplace(limit_ns);
  came_ = true;
  changed_.notify_all();
}

void StopRequest::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return came_; });
}

bool StopRequest::wait(std::int64_t timeout_ns) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), [this] { return came_; });
}

}  // namespace weir::net
