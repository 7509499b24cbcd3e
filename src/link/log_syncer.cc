// One sync for all that was appended in a while.
#include "link/log_syncer.h"

#include <chrono>
#include <utility>

namespace weir::link {

LogSyncer::LogSyncer(Logs& logs, Told told) : logs_(logs), told_(std::move(told)) {
  thread_ = std::thread([this] { run(); });
}

void LogSyncer::appended() {
  if (due_.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  changed_.notify_one();
}

void LogSyncer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void LogSyncer::run() {
  std::int64_t delay_ns = kSyncDelayNs;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [this] { return stopping_ || due_; });
    changed_.wait_for(lock, std::chrono::nanoseconds(delay_ns), [this] { return stopping_; });
    lock.unlock();
    due_ = false;  // before it looks how far the logs go
    const bool done = sync_all();
    if (!done) due_ = true;
    delay_ns = done ? kSyncDelayNs : kRetryNs;
    lock.lock();
  }
  lock.unlock();
  (void)sync_all();
}

bool LogSyncer::sync_all() {
  bool done = true;
  for (const Class of : kAllClasses) {
    store::Log& log = logs_[static_cast<std::size_t>(of)]->log();
    if (log.synced() == log.end()) continue;
    const auto synced = log.sync();
    told_(of, synced);
    if (!synced) done = false;
  }
  return done;
}

}  // namespace weir::link
