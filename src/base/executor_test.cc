// Executors.
#include "base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <utility>

namespace weir::base {
namespace {

TEST(SerialExecutor, runs_tasks_in_order_and_those_they_post) {
  SerialExecutor executor;
  std::vector<int> order;
  executor.post([&] {
    order.push_back(1);
    executor.post([&] { order.push_back(3); });
  });
  executor.post([&] { order.push_back(2); });
  EXPECT_EQ(executor.run_until_idle(), 3u);
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(ThreadExecutor, runs_everything_posted_from_many_threads) {
  ThreadExecutor executor(3);
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

// Posts as it is destroyed.
struct PostsAtItsEnd {
  PostsAtItsEnd(Executor& executor, std::shared_ptr<int> token)
      : executor(executor), token(std::move(token)) {}
  PostsAtItsEnd(const PostsAtItsEnd&) = delete;
  PostsAtItsEnd& operator=(const PostsAtItsEnd&) = delete;
  ~PostsAtItsEnd() {
    executor.post([held = std::move(token)] {});
  }

  Executor& executor;
  std::shared_ptr<int> token;
};

TEST(ThreadExecutor, drops_what_is_left_and_what_that_posts_as_it_goes) {
  constexpr int kTasks = 1'000;
  const auto token = std::make_shared<int>(0);
  {
    ThreadExecutor executor(0);  // nothing runs, all is left
    for (int i = 0; i < kTasks; ++i)
      executor.post([left = std::make_unique<PostsAtItsEnd>(executor, token)] { ++*left->token; });
    EXPECT_EQ(token.use_count(), 1 + kTasks);
  }
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(*token, 0);
}

}  // namespace
}  // namespace weir::base
