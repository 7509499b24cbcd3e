// A stop that takes too long ends the process; one that does not, does not.
#include "base/stop_guard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

namespace weir::base {
namespace {

TEST(StopGuard, ends_a_process_whose_stop_does_not_end) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const StopGuard guard(1);
        while (true) pause();
      },
      testing::ExitedWithCode(1), "ended at once");
}

TEST(StopGuard, lets_a_stop_end) {
  const StopGuard guard(std::numeric_limits<std::int32_t>::max());
}

}  // namespace
}  // namespace weir::base
