// Cameras do not come back in step.
#include "node/jitter.h"

#include <gtest/gtest.h>

#include <set>

namespace weir::node {
namespace {

TEST(Jitter, copies_draw_different_numbers) {
  const std::function<double()> first = make_jitter();
  const std::function<double()> second = first;  // as each camera's driver gets one
  std::set<double> drawn;
  for (int i = 0; i < 100; ++i) {
    drawn.insert(first());
    drawn.insert(second());
  }
  EXPECT_EQ(drawn.size(), 200u);
  EXPECT_GE(*drawn.begin(), 0);
  EXPECT_LT(*drawn.rbegin(), 1);
}

}  // namespace
}  // namespace weir::node
