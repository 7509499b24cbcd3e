// The newest log lines, with numbers.
#include "base/recent_log.h"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(RecentLog, gives_lines_after_a_number_and_passes_them_on) {
  MemoryLog next;
  ManualClock clock(5);
  RecentLog log(next, clock);
  for (const char* text : {"one", "two", "three"}) log.write(Level::info, "x", text, {});
  const auto lines = log.after(1, 10);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].number, 2u);
  EXPECT_EQ(lines[0].text, "INFO x two");
  EXPECT_EQ(lines[0].time_ns, 5);
  EXPECT_EQ(log.after(0, 1).front().text, "INFO x one");
  EXPECT_TRUE(log.after(3, 10).empty());
  EXPECT_NE(next.text().find("INFO x three\n"), std::string::npos);
}

TEST(RecentLog, forgets_the_oldest_and_cuts_what_is_long) {
  MemoryLog next;
  const ManualClock clock;
  RecentLog log(next, clock);
  for (std::size_t i = 0; i <= RecentLog::kLinesMax; ++i) log.write(Level::info, "x", "y", {});
  EXPECT_EQ(log.after(0, 1).front().number, 2u);
  log.write(Level::info, "x", std::string(2 * RecentLog::kLineBytesMax, 'z'), {});
  EXPECT_EQ(log.after(log.newest() - 1, 1).front().text.size(), RecentLog::kLineBytesMax);
}

}  // namespace
}  // namespace weir::base
