// Log lines.
#include "base/log.h"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Log, quotes_what_holds_spaces_and_stays_on_one_line) {
  EXPECT_EQ(log_line(Level::warning, "rtsp", "camera\nfrozen",
                     {{"device", "a"}, {"reason", "no \"data\"\nfor 3s"}, {"note", ""}}),
            "WARNING rtsp camera frozen device=a reason=\"no \\\"data\\\" for 3s\" note=\"\"");
}

TEST(Log, escapes_what_a_terminal_would_obey) {
  EXPECT_EQ(
      log_line(Level::info, "rtsp", "\x1b[2J\x7f", {{"a", "\x1b[31m"}, {"b", "x \a\t\u00e9"}}),
      "INFO rtsp \\x1b[2J\\x7f a=\\x1b[31m b=\"x \\x07\\x09\u00e9\"");
}

TEST(Log, memory_keeps_the_newest_lines) {
  MemoryLog log;
  for (std::size_t i = 0; i <= MemoryLog::kLinesMax; ++i)
    log.write(Level::info, "x", std::to_string(i), {});
  EXPECT_EQ(log.text().find("INFO x 0\n"), std::string::npos);
  EXPECT_NE(log.text().find("INFO x " + std::to_string(MemoryLog::kLinesMax) + "\n"),
            std::string::npos);
}

}  // namespace
}  // namespace weir::base
