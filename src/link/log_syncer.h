// LogSyncer: syncs the logs soon after an append, on a thread of its own: a power cut waits for no
// network.
//
// Thread-safe. The logs outlive it.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "link/class_log.h"

namespace weir::link {

class LogSyncer {
 public:
  using Logs = std::array<std::unique_ptr<ClassLog>, kClasses>;
  // On the syncer's thread: a log was synced, or could not be.
  using Told = std::function<void(Class of, const base::Result<>& synced)>;

  static constexpr std::int64_t kSyncDelayNs = 20'000'000;  // after the first append since a sync
  static constexpr std::int64_t kRetryNs = 200'000'000;     // after a failure

  LogSyncer(Logs& logs, Told told);
  ~LogSyncer() { stop(); }
  LogSyncer(const LogSyncer&) = delete;
  LogSyncer& operator=(const LogSyncer&) = delete;

  // To be called after an append.
  void appended();
  // Syncs what there is now. What is appended later is not synced any more.
  void stop();

 private:
  void run();
  bool sync_all();

  Logs& logs_;
  const Told told_;
  std::atomic<bool> due_ = true;  // who opens a log does not know what is synced
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace weir::link
