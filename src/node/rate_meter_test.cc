// Rates of counters.
#include "node/rate_meter.h"

#include <gtest/gtest.h>

namespace weir::node {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(RateMeter, measures_since_the_older_of_two_samples) {
  RateMeter meter;
  EXPECT_EQ(meter.rate("a", 5, kSecond), 0);
  meter.sample(10 * kSecond, {{"a", 100}});
  EXPECT_DOUBLE_EQ(meter.rate("a", 150, 15 * kSecond), 10);
  meter.sample(20 * kSecond, {{"a", 200}});
  EXPECT_DOUBLE_EQ(meter.rate("a", 300, 20 * kSecond), 20);
  meter.sample(30 * kSecond, {{"a", 300}});
  EXPECT_DOUBLE_EQ(meter.rate("a", 300, 40 * kSecond), 5);
}

TEST(RateMeter, leaves_out_samples_in_quick_succession) {
  RateMeter meter;
  meter.sample(10 * kSecond, {{"a", 0}});
  meter.sample(11 * kSecond, {{"a", 1'000}});
  EXPECT_DOUBLE_EQ(meter.rate("a", 1'000, 20 * kSecond), 100);
}

TEST(RateMeter, says_nothing_of_counters_that_are_new_or_went_back) {
  RateMeter meter;
  meter.sample(kSecond, {{"a", 10}});
  EXPECT_EQ(meter.rate("b", 10, 2 * kSecond), 0);
  EXPECT_EQ(meter.rate("a", 9, 2 * kSecond), 0);
  EXPECT_EQ(meter.rate("a", 20, kSecond), 0);
}

}  // namespace
}  // namespace weir::node
