// Bytes from the system's randomness: as many as asked for, and never the same.
#include "base/random.h"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Random, is_as_long_as_asked_for_and_never_the_same) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(256).size(), 256U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace weir::base
