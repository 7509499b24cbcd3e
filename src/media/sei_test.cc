// MISB ST 0604 time stamps.
#include "media/sei.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::media {
namespace {

std::optional<std::int64_t> read(const std::string& message) {
  return precision_time_ns({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()});
}

const std::string kUuid = "MISPmicrosectime";
const std::string kTime("\x1F\x00\x06\xFF\x0A\x24\xFF\x25\x41\xFF\x06\x40", 12);

TEST(PrecisionTime, is_microseconds_with_a_guard_after_every_two_bytes) {
  EXPECT_EQ(read(kUuid + kTime), 0x00060A2425410640LL * 1000);
  EXPECT_EQ(read(kUuid + kTime + "more"), 0x00060A2425410640LL * 1000);
}

TEST(PrecisionTime, is_not_read_from_anything_else) {
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("x264 - core 164 - H.264/MPEG-4 AVC codec"));
  EXPECT_FALSE(read(kUuid));
  EXPECT_FALSE(read(kUuid + kTime.substr(0, 11)));
  std::string unguarded = kTime;
  unguarded[3] = 0;
  EXPECT_FALSE(read(kUuid + unguarded));
  EXPECT_FALSE(read(kUuid + std::string("\x1F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12)));
}

}  // namespace
}  // namespace weir::media
