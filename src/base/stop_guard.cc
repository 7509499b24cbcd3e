// A thread that waits for the end of the stop.
#include "base/stop_guard.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>

namespace weir::base {

void end_process(std::string_view line) {
  pollfd waited = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&waited, 1, 0) == 1) {
    [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  }
  _exit(1);
}

StopGuard::StopGuard(std::int64_t limit_ns)
    : thread_([this, limit_ns] {
        std::unique_lock lock(mutex_);
        const auto limit = std::chrono::nanoseconds(limit_ns);
        if (changed_.wait_for(lock, limit, [this] { return over_; })) return;
        end_process("ended at once: something still worked when the time to stop was over\n");
      }) {}

StopGuard::~StopGuard() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

}  // namespace weir::base
