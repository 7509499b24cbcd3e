// What reaches a terminal.
#include "cli/output.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(Output, control_characters_are_made_visible) {
  EXPECT_EQ(visible("a\x1b[31mb\x7f\tgröße\nc\r"), "a\\x1b[31mb\\x7f\tgröße\nc\\x0d");
  EXPECT_EQ(visible_in_line("a\tb\n"), "a\\x09b\\x0a");
}

}  // namespace
}  // namespace weir::cli
