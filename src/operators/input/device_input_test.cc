// device_input says that it cannot run by itself yet, and what can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

TEST(DeviceInput, SaysWhatToDoInstead) {
  testing::Harness harness;
  EXPECT_THAT(harness.run("device_input: {product: thing}").mistakes,
              ::testing::HasSubstr("weir run --input FILE"));
}

}  // namespace
}  // namespace weir::operators
