// Backoff: delays, their limits, jitter.
#include "base/backoff.h"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Backoff, doubles_up_to_its_limit_with_jitter) {
  Backoff backoff;
  EXPECT_EQ(backoff.next_ns(0), 500'000'000);
  EXPECT_EQ(backoff.next_ns(0), 1'000'000'000);
  for (int i = 0; i < 100; ++i) backoff.next_ns(0);
  EXPECT_EQ(backoff.next_ns(0), BackoffLimits{}.delay_ns_max / 2);
  EXPECT_LE(backoff.next_ns(0.999), BackoffLimits{}.delay_ns_max);
  backoff.reset();
  EXPECT_EQ(backoff.next_ns(0), 500'000'000);
}

TEST(Backoff, begins_anew_after_what_lasted) {
  Backoff backoff;
  EXPECT_EQ(backoff.next_ns(0), 500'000'000);
  backoff.reset_after(Backoff::kHealthyNs - 1);
  EXPECT_EQ(backoff.next_ns(0), 1'000'000'000);
  backoff.reset_after(Backoff::kHealthyNs);
  EXPECT_EQ(backoff.next_ns(0), 500'000'000);
}

TEST(Backoff, keeps_the_limits_it_is_given) {
  Backoff backoff({.delay_ns_min = 100, .delay_ns_max = 150});
  EXPECT_EQ(backoff.next_ns(0), 50);
  EXPECT_EQ(backoff.next_ns(0), 75);
  EXPECT_EQ(backoff.longest_ns(0), 75);
  EXPECT_EQ(backoff.next_ns(0.999), 149);
}

}  // namespace
}  // namespace weir::base
