// Executor: where tasks run; injected, so that a test is deterministic with a single thread.
//
// `post` is thread-safe and never blocks; tasks, and what a task holds as it is destroyed, may post
// tasks. A task never blocks on input or output: blocking reads have threads of their own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::base {

using Task = std::move_only_function<void()>;

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
};

// Worker threads over one queue, first in, first out. The destructor lets the running tasks end and
// drops the rest, and what is posted from then on.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(std::size_t threads);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(Task task) override;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> ready_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Runs tasks on the thread that calls `run_until_idle`, in the order they were posted.
class SerialExecutor final : public Executor {
 public:
  void post(Task task) override;
  // Runs what was posted, and what that posts. Returns how many tasks ran.
  std::size_t run_until_idle();

 private:
  std::mutex mutex_;
  std::deque<Task> ready_;
};

}  // namespace weir::base
