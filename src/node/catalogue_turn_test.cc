// A hub gets the catalogue of a node, whatever is lost on the way.
#include "node/catalogue_turn.h"

#include <gtest/gtest.h>

namespace weir::node {
namespace {

constexpr std::int64_t kReport_ns = 10'000'000'000;

TEST(CatalogueTurn, goes_with_the_first_report_of_a_connection) {
  CatalogueTurn turn;
  EXPECT_TRUE(turn.take(1, 0));
  EXPECT_FALSE(turn.take(1, kReport_ns));
  EXPECT_TRUE(turn.take(2, 2 * kReport_ns));
  EXPECT_FALSE(turn.take(2, 3 * kReport_ns));
}

TEST(CatalogueTurn, comes_again_where_nothing_tells_that_it_was_lost) {
  CatalogueTurn turn;
  std::int64_t now_ns = -5 * kReport_ns;
  EXPECT_TRUE(turn.take(1, now_ns));
  const std::int64_t again_ns = now_ns + CatalogueTurn::kAgain_ns;
  for (now_ns += kReport_ns; now_ns < again_ns; now_ns += kReport_ns) {
    EXPECT_FALSE(turn.take(1, now_ns));
  }
  EXPECT_TRUE(turn.take(1, now_ns));
  EXPECT_FALSE(turn.take(1, now_ns + kReport_ns));
}

}  // namespace
}  // namespace weir::node
