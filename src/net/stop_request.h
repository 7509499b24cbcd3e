// StopRequest: SIGTERM or SIGINT to a daemon, heard from its start on, and the time that it has
// from then.
//
// A thread of its own takes the signal, so that it also counts while the daemon still starts, which
// may wait for a child or a disk. From the signal on the process has `limit_ns` until the request
// is destroyed; else base::StopGuard ends it, which is as good as a kill. Further signals do
// nothing.
//
// One a process, made before what is to be stopped, and destroyed after it. Thread-safe. The
// signals outlive it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "base/stop_guard.h"
#include "base/stop_signals.h"

namespace weir::net {

class StopRequest {
 public:
  StopRequest(const base::StopSignals& signals, std::int64_t limit_ns);
  ~StopRequest();  // the stop is over
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  void wait();
  // At most `timeout_ns`. Whether the signal came.
  bool wait(std::int64_t timeout_ns);

 private:
  void work(const base::StopSignals& signals, std::int64_t limit_ns);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool came_ = false;
  bool over_ = false;
  std::optional<base::StopGuard> guard_;  // from the signal on
  std::thread thread_;
};

}  // namespace weir::net
