// Executors.
#include "base/executor.h"

#include <utility>

namespace weir::base {

ThreadExecutor::ThreadExecutor(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  std::deque<Task> dropped;  // what a task holds may post as it is destroyed: to a queue in place
  const std::lock_guard lock(mutex_);
  dropped.swap(ready_);
}

void ThreadExecutor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    ready_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ThreadExecutor::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (ready_.empty()) {
      changed_.wait(lock);
      continue;
    }
    Task task = std::move(ready_.front());
    ready_.pop_front();
    if (!ready_.empty()) changed_.notify_one();
    lock.unlock();
    task();
    task = nullptr;  // what a task holds is freed before the lock is taken again
    lock.lock();
  }
}

void SerialExecutor::post(Task task) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(task));
}

std::size_t SerialExecutor::run_until_idle() {
  std::size_t ran = 0;
  for (;; ++ran) {
    std::unique_lock lock(mutex_);
    if (ready_.empty()) return ran;
    Task task = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    task();
  }
}

}  // namespace weir::base
