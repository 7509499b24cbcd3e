// StopSignals: SIGINT and SIGTERM as something to wait for, in place of a handler.
//
// Make one before any thread is started: they inherit the mask, so that the signals come here
// alone. One a process. Thread-safe.
#pragma once

#include <signal.h>

#include <cstdint>

namespace weir::base {

class StopSignals {
 public:
  StopSignals();
  // Waits for a signal, at most `timeout_ns`. Whether one came.
  bool wait(std::int64_t timeout_ns) const;
  bool came() const { return wait(0); }

 private:
  sigset_t set_;
};

}  // namespace weir::base
