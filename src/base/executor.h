// Executor: where tasks run; injected, so that a test is deterministic with a single thread.
//
// `post` is thread-safe and never blocks; tasks may post tasks. A task never blocks on input or
// output: blocking reads have threads of their own. `post_at` runs a task no earlier than a
// monotonic time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace weir::base {

using Task = std::move_only_function<void()>;

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
  virtual void post_at(std::int64_t monotonic_ns, Task task) = 0;
};

// Worker threads over one queue, first in, first out. The destructor lets the running tasks end and
// drops the rest.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor(std::size_t threads, const Clock& clock);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(Task task) override;
  void post_at(std::int64_t monotonic_ns, Task task) override;

 private:
  void work();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> ready_;
  std::multimap<std::int64_t, Task> later_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Runs tasks on the thread that calls `run_until_idle`, in the order they were posted; timed tasks
// when `clock` has come to them.
class SerialExecutor final : public Executor {
 public:
  explicit SerialExecutor(const Clock& clock) : clock_(clock) {}
  void post(Task task) override;
  void post_at(std::int64_t monotonic_ns, Task task) override;
  // Runs what is due, and what that posts. Returns how many tasks ran.
  std::size_t run_until_idle();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<Task> ready_;
  std::multimap<std::int64_t, Task> later_;
};

}  // namespace weir::base
