// What goes next, by a clock that the test owns.
#include "link/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace weir::link {
namespace {

using Step = Schedule::Step;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDeadlineNs = 5 * kSecondNs;

struct Sending {
  explicit Sending(std::size_t window = 2, std::uint64_t bytes_per_s = 1'000)
      : schedule({.window = window,
                  .backlog_bytes_per_s = bytes_per_s,
                  .commit_deadline_ns = kDeadlineNs,
                  .clock = clock}) {}
  // Sends so many records of the next step at most; where they begin, or -1.
  std::int64_t send(std::uint64_t records, std::size_t bytes = 0) {
    const auto step = schedule.next();
    if (!step) return -1;
    const std::uint64_t end =
        std::min({step->from + records, step->before, step->from + step->records_max});
    schedule.sent(*step, end);
    schedule.spend(*step, bytes);
    return static_cast<std::int64_t>(step->from);
  }

  base::ManualClock clock{kSecondNs};
  Schedule schedule;
};

TEST(Schedule, sends_nothing_without_a_connection) {
  Sending sending;
  sending.schedule.open(Class::alert, 0, 5);
  EXPECT_FALSE(sending.schedule.next());
  EXPECT_FALSE(sending.schedule.wants(Class::alert));
  sending.schedule.connect();
  EXPECT_EQ(sending.send(5), 0);
  sending.schedule.disconnect();
  EXPECT_FALSE(sending.schedule.next());
  sending.schedule.connect();
  EXPECT_EQ(sending.send(5), 0);  // again: nobody knows what became of it
}

TEST(Schedule, alerts_before_results_before_bulk) {
  Sending sending;
  sending.schedule.connect();
  for (const Class of : kAllClasses) {
    sending.schedule.open(of, 0, 0);
    sending.schedule.set_end(of, 3);
  }
  std::vector<Class> order;
  while (const auto step = sending.schedule.next()) {
    order.push_back(step->of);
    sending.schedule.sent(*step, step->from + 1);
  }
  EXPECT_EQ(order, (std::vector{Class::alert, Class::alert, Class::result, Class::result,
                                Class::bulk, Class::bulk}));
}

TEST(Schedule, has_no_more_than_a_window_in_flight) {
  Sending sending(3);
  sending.schedule.open(Class::alert, 0, 100);
  sending.schedule.connect();
  for (const int from : {0, 10, 20, -1}) EXPECT_EQ(sending.send(10), from);
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 0, 10));
  for (const int from : {30, -1}) EXPECT_EQ(sending.send(10), from);
}

TEST(Schedule, the_cursor_waits_for_a_hole) {
  Sending sending(3);
  sending.schedule.open(Class::alert, 0, 30);
  sending.schedule.connect();
  while (sending.send(10) >= 0) {
  }
  EXPECT_FALSE(sending.schedule.committed(Class::alert, 20, 30));
  EXPECT_FALSE(sending.schedule.committed(Class::alert, 10, 20));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 0u);
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 0, 10));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 30u);
}

TEST(Schedule, only_a_hole_is_sent_again) {
  Sending sending(4);
  sending.schedule.open(Class::alert, 0, 40);
  sending.schedule.connect();
  while (sending.send(10) >= 0) {
  }
  sending.schedule.committed(Class::alert, 10, 20);
  sending.schedule.committed(Class::alert, 30, 40);
  sending.clock.advance(kDeadlineNs);
  EXPECT_EQ(sending.schedule.next(), (Step{.of = Class::alert,
                                           .from = 0,
                                           .before = 10,
                                           .records_max = Schedule::kProbeRecords,
                                           .age = Age::historical}));
  EXPECT_EQ(sending.send(10), 0);
  EXPECT_EQ(sending.send(10), -1);  // one at a time, to see whether the hub is there
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 0, 10));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 20u);
  EXPECT_EQ(sending.send(10), 20);
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 20, 30));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 40u);
  EXPECT_EQ(sending.schedule.timeouts(Class::alert), 4u);
}

TEST(Schedule, a_deadline_that_is_missed_doubles_up_to_a_limit) {
  Sending sending;
  sending.schedule.open(Class::alert, 0, 1);
  sending.schedule.connect();
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(sending.send(1), 0);
    EXPECT_FALSE(sending.schedule.next());
    ASSERT_TRUE(sending.schedule.wake_ns());
    const std::int64_t wait_ns = *sending.schedule.wake_ns() - sending.clock.monotonic_ns();
    waits.push_back(wait_ns / kSecondNs);
    sending.clock.advance(wait_ns - 1);
    EXPECT_FALSE(sending.schedule.next());
    sending.clock.advance(1);
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{5, 10, 20, 40, 40, 40}));
  EXPECT_EQ(sending.send(1), 0);
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 0, 1));
  sending.schedule.set_end(Class::alert, 2);
  EXPECT_EQ(sending.send(1), 1);
  EXPECT_FALSE(sending.schedule.next());
  EXPECT_EQ(*sending.schedule.wake_ns() - sending.clock.monotonic_ns(), kDeadlineNs);
}

TEST(Schedule, a_slow_network_that_makes_progress_is_not_timed_out) {
  Sending sending(8);
  sending.schedule.open(Class::alert, 0, 8);
  sending.schedule.connect();
  while (sending.send(1) >= 0) {
  }
  for (std::uint64_t i = 0; i < 8; ++i) {
    sending.clock.advance(kDeadlineNs - 1);
    EXPECT_FALSE(sending.schedule.next());
    EXPECT_TRUE(sending.schedule.committed(Class::alert, i, i + 1));
  }
  EXPECT_EQ(sending.schedule.timeouts(Class::alert), 0u);
}

TEST(Schedule, what_waited_is_held_to_a_rate_and_alerts_are_not) {
  Sending sending(8, 1'000);
  sending.schedule.open(Class::alert, 0, 0);
  sending.schedule.open(Class::result, 0, 100);
  sending.schedule.connect();
  EXPECT_EQ(sending.send(10, 500), 0);
  EXPECT_FALSE(sending.schedule.next());
  EXPECT_EQ(*sending.schedule.wake_ns(), sending.clock.monotonic_ns() + kSecondNs / 2);
  sending.schedule.set_end(Class::alert, 1);
  EXPECT_EQ(sending.schedule.next()->of, Class::alert);
  EXPECT_EQ(sending.send(1, 1'000'000), 0);
  EXPECT_FALSE(sending.schedule.next());
  sending.clock.advance(kSecondNs / 2);
  EXPECT_EQ(sending.send(10, 500), 10);
}

TEST(Schedule, a_batch_is_live_or_historical) {
  Sending sending(8);
  sending.schedule.open(Class::result, 0, 15);
  sending.schedule.connect();
  sending.schedule.set_end(Class::result, 30);
  EXPECT_EQ(sending.schedule.next()->age, Age::historical);
  EXPECT_EQ(sending.schedule.next()->before, 15u);
  EXPECT_EQ(sending.send(100, 1'000'000'000), 0);
  EXPECT_EQ(sending.schedule.next()->age, Age::live);  // live results are not held to the rate
  EXPECT_EQ(sending.send(100), 15);
}

TEST(Schedule, bulk_is_always_held_to_the_rate) {
  Sending sending(8, 1'000);
  sending.schedule.open(Class::bulk, 0, 0);
  sending.schedule.connect();
  sending.schedule.set_end(Class::bulk, 30);
  EXPECT_EQ(sending.send(10, 1'000), 0);
  EXPECT_FALSE(sending.schedule.next());
}

TEST(Schedule, a_held_class_lets_the_others_go) {
  Sending sending;
  sending.schedule.open(Class::alert, 0, 1);
  sending.schedule.open(Class::result, 0, 1);
  sending.schedule.connect();
  sending.schedule.hold(Class::alert, kSecondNs);
  EXPECT_EQ(sending.schedule.next()->of, Class::result);
  EXPECT_EQ(sending.send(1), 0);
  EXPECT_FALSE(sending.schedule.next());
  sending.clock.advance(kSecondNs);
  EXPECT_EQ(sending.schedule.next()->of, Class::alert);
}

TEST(Schedule, a_paused_class_waits_until_it_is_resumed) {
  Sending sending;
  sending.schedule.connect();
  sending.schedule.open(Class::alert, 0, 0);
  sending.schedule.pause(Class::alert);
  EXPECT_FALSE(sending.schedule.wants(Class::alert));
  sending.schedule.set_end(Class::alert, 3);
  sending.clock.advance(100 * kSecondNs);
  EXPECT_FALSE(sending.schedule.next());
  EXPECT_FALSE(sending.schedule.wake_ns());
  sending.schedule.resume(Class::alert);
  EXPECT_EQ(sending.send(3), 0);
}

TEST(Schedule, a_mark_of_what_is_not_there_is_no_progress) {
  Sending sending;
  sending.schedule.open(Class::alert, 5, 10);
  sending.schedule.connect();
  for (const auto& [first, end] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 11}, {0, 5}, {3, 3}, {9, 8}, {5, UINT64_MAX}})
    EXPECT_FALSE(sending.schedule.committed(Class::alert, first, end));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 5u);
  EXPECT_TRUE(sending.schedule.committed(Class::alert, 0, 6));
  EXPECT_EQ(sending.schedule.cursor(Class::alert), 6u);
}

// A hub and a network that lose batches and marks, delay them and give them in any order.
TEST(Schedule, whatever_is_lost_everything_is_committed_in_the_end) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    Sending sending(1 + random() % 8);
    constexpr std::uint64_t kRecords = 300;
    std::vector<bool> kept(kRecords);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> marks;
    sending.schedule.open(Class::alert, 0, 0);
    sending.schedule.connect();
    std::uint64_t end = 0;
    for (int i = 0; sending.schedule.cursor(Class::alert) < kRecords; ++i) {
      ASSERT_LT(i, 100'000) << "seed " << seed;
      if (end < kRecords && random() % 2 == 0) sending.schedule.set_end(Class::alert, ++end);
      if (random() % 50 == 0) sending.schedule.connect();
      if (const auto step = sending.schedule.next()) {
        const std::uint64_t last = std::min(step->before, step->from + 1 + random() % 20);
        sending.schedule.sent(*step, last);
        if (random() % 4 > 0) {
          for (std::uint64_t n = step->from; n < last; ++n) kept[n] = true;
          if (random() % 4 > 0) marks.emplace_back(step->from, last);
        }
      } else {
        sending.clock.advance(kSecondNs);
      }
      if (!marks.empty() && random() % 2 == 0) {
        const std::size_t at = random() % marks.size();
        sending.schedule.committed(Class::alert, marks[at].first, marks[at].second);
        if (random() % 8 > 0) marks.erase(marks.begin() + static_cast<std::ptrdiff_t>(at));
      }
      for (std::uint64_t n = 0; n < sending.schedule.cursor(Class::alert); ++n)
        ASSERT_TRUE(kept[n]) << "seed " << seed << ", record " << n;
    }
  }
}

}  // namespace
}  // namespace weir::link
