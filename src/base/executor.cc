// Executors.
#include "base/executor.h"

#include <chrono>
#include <utility>

namespace weir::base {
namespace {

// Moves the timed tasks that are due at `now_ns` behind the ready ones.
void move_due(std::multimap<std::int64_t, Task>& later, std::int64_t now_ns,
              std::deque<Task>& ready) {
  while (!later.empty() && later.begin()->first <= now_ns) {
    ready.push_back(std::move(later.begin()->second));
    later.erase(later.begin());
  }
}

}  // namespace

ThreadExecutor::ThreadExecutor(std::size_t threads, const Clock& clock) : clock_(clock) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadExecutor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ThreadExecutor::post_at(std::int64_t monotonic_ns, Task task) {
  {
    const std::lock_guard lock(mutex_);
    later_.emplace(monotonic_ns, std::move(task));
  }
  changed_.notify_one();
}

void ThreadExecutor::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!later_.empty()) move_due(later_, clock_.monotonic_ns(), ready_);
    if (!ready_.empty()) {
      Task task = std::move(ready_.front());
      ready_.pop_front();
      if (!ready_.empty()) changed_.notify_one();
      lock.unlock();
      task();
      task = nullptr;  // what a task holds is freed before the lock is taken again
      lock.lock();
    } else if (later_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock,
                        std::chrono::nanoseconds(later_.begin()->first - clock_.monotonic_ns()));
    }
  }
}

void SerialExecutor::post(Task task) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(task));
}

void SerialExecutor::post_at(std::int64_t monotonic_ns, Task task) {
  const std::lock_guard lock(mutex_);
  later_.emplace(monotonic_ns, std::move(task));
}

std::size_t SerialExecutor::run_until_idle() {
  std::size_t ran = 0;
  for (;; ++ran) {
    std::unique_lock lock(mutex_);
    move_due(later_, clock_.monotonic_ns(), ready_);
    if (ready_.empty()) return ran;
    Task task = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    task();
  }
}

}  // namespace weir::base
