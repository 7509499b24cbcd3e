// A hub gets the catalogue of a node, whatever is lost on the way.
#include "node/catalogue_turn.h"

#include <gtest/gtest.h>

namespace weir::node {
namespace {

constexpr std::int64_t kReportNs = 10'000'000'000;

TEST(CatalogueTurn, goes_with_the_first_report_of_a_connection) {
  CatalogueTurn turn;
  EXPECT_TRUE(turn.take(1, 0));
  EXPECT_FALSE(turn.take(1, kReportNs));
  EXPECT_TRUE(turn.take(2, 2 * kReportNs));
  EXPECT_FALSE(turn.take(2, 3 * kReportNs));
}

TEST(CatalogueTurn, comes_again_where_nothing_tells_that_it_was_lost) {
  CatalogueTurn turn;
  std::int64_t now_ns = -5 * kReportNs;
  EXPECT_TRUE(turn.take(1, now_ns));
  const std::int64_t again_ns = now_ns + CatalogueTurn::kAgainNs;
  for (now_ns += kReportNs; now_ns < again_ns; now_ns += kReportNs) {
    EXPECT_FALSE(turn.take(1, now_ns));
  }
  EXPECT_TRUE(turn.take(1, now_ns));
  EXPECT_FALSE(turn.take(1, now_ns + kReportNs));
}

}  // namespace
}  // namespace weir::node
