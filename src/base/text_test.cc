// Text forms of plain values.
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace weir::base {
namespace {

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Duration, reads_every_unit_and_sums_of_them) {
  EXPECT_EQ(*parse_duration_ns("1ns"), 1);
  EXPECT_EQ(*parse_duration_ns("2us"), 2'000);
  EXPECT_EQ(*parse_duration_ns("250ms"), 250'000'000);
  EXPECT_EQ(*parse_duration_ns("1.5s"), 1'500'000'000);
  EXPECT_EQ(*parse_duration_ns("1h30m"), 5'400'000'000'000);
  EXPECT_EQ(*parse_duration_ns("2d"), 172'800'000'000'000);
  EXPECT_EQ(*parse_duration_ns("-3s"), -3'000'000'000);
}

TEST(Duration, refuses_what_is_none_and_says_what_one_is) {
  for (const char* text :
       {"", "-", "5", "s", "5 s", "5parsecs", "1e3s", "s5", "1.2.3s", "nan s", "+"}) {
    const auto parsed = parse_duration_ns(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find("250ms"), std::string::npos) << text;
  }
  EXPECT_EQ(parse_duration_ns("99999999999d").error().code, Code::range);
}

TEST(Duration, writes_the_shortest_form_that_reads_back) {
  EXPECT_EQ(format_duration(90'000'000'000), "1m30s");
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(-1'500'000'000), "-1s500ms");
  for (const std::int64_t ns :
       {std::int64_t{1}, std::int64_t{-1}, std::int64_t{123'456'789'012'345'678},
        std::int64_t{86'400'000'000'000}}) {
    EXPECT_EQ(*parse_duration_ns(format_duration(ns)), ns);
  }
}

TEST(Rfc3339, reads_what_it_writes) {
  for (const std::int64_t ns :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'772'366'400'000'000'001},
        std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min() + 1'000'000'000}) {
    EXPECT_EQ(*parse_rfc3339_ns(format_rfc3339(ns)), ns) << format_rfc3339(ns);
  }
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000000000Z");
}

TEST(Rfc3339, knows_offsets_fractions_and_leap_days) {
  EXPECT_EQ(*parse_rfc3339_ns("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(*parse_rfc3339_ns("1970-01-01t00:00:00.5z"), 500'000'000);
  EXPECT_EQ(*parse_rfc3339_ns("2024-02-29T00:00:00Z"), 1'709'164'800'000'000'000);
  EXPECT_EQ(*parse_rfc3339_ns("2016-12-31T23:59:60Z"), *parse_rfc3339_ns("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, refuses_what_is_no_time) {
  for (const char* text :
       {"", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00",
        "2024-01-01T24:00:00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00+25:00", "0001-01-01T00:00:00Z", "2024-01-01T00:00:00Z "}) {
    EXPECT_FALSE(parse_rfc3339_ns(text)) << text;
  }
}

TEST(Base64, matches_the_vectors_of_rfc_4648) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors = {
      {{"", ""},
       {"f", "Zg=="},
       {"fo", "Zm8="},
       {"foo", "Zm9v"},
       {"foob", "Zm9vYg=="},
       {"fooba", "Zm9vYmE="},
       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, encoded] : kVectors) {
    EXPECT_EQ(encode_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(*decode_base64(encoded), plain);
  }
  std::array<std::uint8_t, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(*decode_base64(encode_base64(all)), as_text(all));
  for (const char* bad : {"Z", "Zg=", "Zg==Zg==", "Z===", "Zm9*", "=m9v", "Zg=v"})
    EXPECT_FALSE(decode_base64(bad)) << bad;
}

TEST(Hex, writes_two_digits_a_byte) {
  EXPECT_EQ(encode_hex(std::string_view("\x00\x7F\xFF", 3)), "007fff");
  EXPECT_EQ(encode_hex(""), "");
}

TEST(Trimmed, keeps_what_lies_between) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Utf8, points_at_the_first_bad_byte) {
  EXPECT_FALSE(invalid_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  EXPECT_EQ(*invalid_utf8("ab\xFF"), 2u);
  EXPECT_EQ(*invalid_utf8("\xC0\x80"), 0u);          // overlong
  EXPECT_EQ(*invalid_utf8("a\xED\xA0\x80"), 1u);     // a surrogate
  EXPECT_EQ(*invalid_utf8("\xF4\x90\x80\x80"), 0u);  // beyond U+10FFFF
  EXPECT_EQ(*invalid_utf8("abc\xE2\x82"), 3u);       // cut off
}

TEST(Utf8, is_made_valid_byte_by_byte) {
  EXPECT_EQ(valid_utf8("plain, \xC3\xA9"), "plain, \xC3\xA9");
  EXPECT_EQ(valid_utf8("a\xFF\xFE"
                       "b\xC3\xA9\xE2\x82"),
            "a\uFFFD\uFFFD"
            "b\xC3\xA9\uFFFD\uFFFD");
}

TEST(Nearest, finds_slips_and_leaves_strangers) {
  constexpr std::array<std::string_view, 3> kNames = {"filter", "frame_rate", "decode"};
  EXPECT_EQ(nearest("fliter", kNames), "filter");
  EXPECT_EQ(nearest("decod", kNames), "decode");
  EXPECT_EQ(nearest("banana", kNames), "");
}

}  // namespace
}  // namespace weir::base
