// What reaches a terminal.
#include "cli/output.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(Output, control_characters_are_made_visible) {
  EXPECT_EQ(visible("a\x1b[31mb\x7f\tgröße\nc\r"), "a\\x1b[31mb\\x7f\tgröße\nc\\x0d");
}

}  // namespace
}  // namespace weir::cli
