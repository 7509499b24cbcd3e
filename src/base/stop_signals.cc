// SIGINT and SIGTERM as something to wait for.
#include "base/stop_signals.h"

#include <time.h>

namespace weir::base {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool StopSignals::wait(std::int64_t timeout_ns) const {
  const timespec timeout = {static_cast<time_t>(timeout_ns / 1'000'000'000),
                            static_cast<long>(timeout_ns % 1'000'000'000)};
  return sigtimedwait(&set_, nullptr, &timeout) > 0;
}

}  // namespace weir::base
