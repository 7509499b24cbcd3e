// Diagnostics: how places are written, in which order, and how many are kept.
#include "data/diagnostic.h"

#include <gtest/gtest.h>

namespace weir::data {
namespace {

TEST(Diagnostic, WritesWhatIsKnownOfThePlace) {
  EXPECT_EQ(to_string({"a.yaml", {3, 7}, base::Code::invalid, "wrong"}), "a.yaml:3:7: wrong");
  EXPECT_EQ(to_string({"a.yaml", {}, base::Code::invalid, "wrong"}), "a.yaml: wrong");
  EXPECT_EQ(to_string({"", {3, 7}, base::Code::invalid, "wrong"}), "3:7: wrong");
  EXPECT_EQ(to_string({"", {}, base::Code::invalid, "wrong"}), "wrong");
}

TEST(Diagnostics, TellsThemInTheOrderOfTheText) {
  Diagnostics diagnostics;
  diagnostics.add("b", {1, 1}, base::Code::invalid, "third");
  diagnostics.add("a", {10, 1}, base::Code::invalid, "second");
  diagnostics.add("a", {9, 1}, base::Code::missing, "first");
  EXPECT_EQ(diagnostics.text(), "a:9:1: first\na:10:1: second\nb:1:1: third\n");
  EXPECT_EQ(diagnostics.first().message, "b:1:1: third");
}

TEST(Diagnostics, CountsWhatIsBeyondTheLimit) {
  Diagnostics diagnostics;
  for (std::size_t i = 0; i < Diagnostics::kItemsMax + 3; ++i) {
    diagnostics.add("a", {1, 1}, base::Code::invalid, "wrong");
  }
  EXPECT_EQ(diagnostics.items().size(), Diagnostics::kItemsMax);
  EXPECT_EQ(diagnostics.size(), Diagnostics::kItemsMax + 3);
  EXPECT_TRUE(diagnostics.text().ends_with("and 3 more\n"));
}

}  // namespace
}  // namespace weir::data
