// Executors.
#include "base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace weir::base {
namespace {

TEST(SerialExecutor, runs_tasks_in_order_and_those_they_post) {
  ManualClock clock;
  SerialExecutor executor(clock);
  std::vector<int> order;
  executor.post([&] {
    order.push_back(1);
    executor.post([&] { order.push_back(3); });
  });
  executor.post([&] { order.push_back(2); });
  EXPECT_EQ(executor.run_until_idle(), 3u);
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(SerialExecutor, keeps_timed_tasks_until_their_time) {
  ManualClock clock;
  SerialExecutor executor(clock);
  std::vector<int> order;
  executor.post_at(20, [&] { order.push_back(20); });
  executor.post_at(10, [&] { order.push_back(10); });
  EXPECT_EQ(executor.run_until_idle(), 0u);
  clock.advance(10);
  executor.run_until_idle();
  EXPECT_EQ(order, (std::vector{10}));
  clock.advance(10);
  executor.run_until_idle();
  EXPECT_EQ(order, (std::vector{10, 20}));
}

TEST(ThreadExecutor, runs_everything_posted_from_many_threads) {
  SystemClock clock;
  ThreadExecutor executor(3, clock);
  constexpr int kThreads = 4, kTasks = 500;
  std::atomic<int> ran = 0;
  std::latch done(kThreads * kTasks);
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t) {
    posters.emplace_back([&] {
      for (int i = 0; i < kTasks; ++i) {
        executor.post([&] {
          ++ran;
          done.count_down();
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  done.wait();
  EXPECT_EQ(ran, kThreads * kTasks);
}

TEST(ThreadExecutor, runs_timed_tasks_in_order_of_time) {
  SystemClock clock;
  ThreadExecutor executor(1, clock);
  std::vector<int> order;
  std::latch done(2);
  const std::int64_t now_ns = clock.monotonic_ns();
  executor.post_at(now_ns + 2'000'000, [&] {
    order.push_back(2);
    done.count_down();
  });
  executor.post_at(now_ns + 1'000'000, [&] {
    order.push_back(1);
    done.count_down();
  });
  done.wait();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(ThreadExecutor, ends_with_tasks_left) {
  SystemClock clock;
  std::atomic<bool> ran = false;
  {
    ThreadExecutor executor(1, clock);
    executor.post_at(clock.monotonic_ns() + 3'600'000'000'000, [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace weir::base
