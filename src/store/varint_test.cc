// Varints: each number has one form.
#include "store/varint.h"

#include <gtest/gtest.h>

#include <string>

#include "store/segment.h"

namespace weir::store {
namespace {

using base::Code;

TEST(Varint, comes_back_as_it_was_written) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
      std::string bytes = "before";
      append_varint(bytes, value);
      const std::size_t end = bytes.size();
      EXPECT_EQ(end - 6, varint_bytes(value));
      std::size_t at = 6;
      EXPECT_EQ(take_varint(bytes + "after", at), value);
      EXPECT_EQ(at, end);
      for (std::size_t cut = 6; cut < end; ++cut) {
        at = 6;
        EXPECT_EQ(take_varint(bytes.substr(0, cut), at).error().code, Code::corrupt);
        EXPECT_EQ(at, 6u);
      }
    }
  }
  std::string example;
  append_varint(example, 130);
  EXPECT_EQ(example, "\x82\x01");
}

TEST(Varint, with_needless_bytes_or_beyond_64_bits_is_refused) {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\x80\x00"s, "\x81\x00"s, "\xff\x80\x00"s, std::string(9, '\xff') + "\x02",
        std::string(10, '\x80') + "\x00"s}) {
    std::size_t at = 0;
    EXPECT_EQ(take_varint(bytes, at).error().code, Code::corrupt);
  }
  EXPECT_TRUE(detail::is_sound_body("\x01x", 1));
  EXPECT_FALSE(detail::is_sound_body("\x81\x00x"s, 1)) << "so also as the size of a record";
}

}  // namespace
}  // namespace weir::store
