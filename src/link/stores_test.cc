// What the node keeps beside the log: the cursor, and pictures while a record needs them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "link/cursor_file.h"
#include "link/pictures.h"
#include "link/scratch_test.h"
#include "store/blobs.h"

namespace weir::link {
namespace {

constexpr std::string_view kLog = "0123456789abcdef0123456789abcdef";

TEST(CursorFile, is_kept) {
  const Scratch scratch;
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{7}, UINT64_MAX}) {
    auto file = CursorFile::open(scratch.path("cursor"));
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write(kLog, offset));
    EXPECT_EQ(*(*file)->read(kLog), offset);
    EXPECT_EQ(*(*CursorFile::open(scratch.path("cursor")))->read(kLog), offset);
    EXPECT_EQ(CursorFile::log_of(scratch.path("cursor")), kLog);
  }
}

TEST(CursorFile, of_another_log_or_damaged_at_any_byte_is_none) {
  const Scratch scratch;
  EXPECT_EQ(CursorFile::log_of(scratch.path("cursor")), "");
  auto file = CursorFile::open(scratch.path("cursor"));
  EXPECT_FALSE(*(*file)->read(kLog));
  EXPECT_EQ(CursorFile::log_of(scratch.path("cursor")), "");
  ASSERT_TRUE((*file)->write(kLog, 77));
  EXPECT_FALSE(*(*file)->read("another"));
  std::ifstream in(scratch.path("cursor"), std::ios::binary);
  const std::string sound((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t at = 0; at <= sound.size(); ++at) {
    std::string changed = sound;
    if (at < sound.size()) changed[at] ^= 1;
    std::ofstream(scratch.path("cut"), std::ios::binary) << sound.substr(0, at);
    std::ofstream(scratch.path("flipped"), std::ios::binary) << changed;
    EXPECT_EQ((*CursorFile::open(scratch.path("cut")))->read(kLog)->has_value(),
              at == sound.size());
    EXPECT_EQ(CursorFile::log_of(scratch.path("cut")), at == sound.size() ? kLog : "");
    EXPECT_EQ((*CursorFile::open(scratch.path("flipped")))->read(kLog)->has_value(),
              at == sound.size());
  }
}

TEST(Pictures, one_stays_as_long_as_a_record_needs_it) {
  const Scratch scratch;
  base::MemoryLog log;
  auto blobs = store::Blobs::open({.folder = scratch.path("pictures"), .log = log});
  ASSERT_TRUE(blobs);
  Pictures pictures(**blobs, log);
  const std::string digest = *pictures.keep("a picture");
  EXPECT_TRUE((*blobs)->has(digest));
  pictures.add(Class::alert, 4, digest);
  pictures.let_go(digest);
  pictures.add(Class::result, 9, digest);
  pictures.release(Class::alert, 4);
  pictures.release(Class::alert, 5);
  EXPECT_TRUE((*blobs)->has(digest));
  EXPECT_TRUE(pictures.needs(digest));
  pictures.release(Class::result, 100);
  EXPECT_FALSE((*blobs)->has(digest));
  EXPECT_FALSE(pictures.needs(digest));
}

TEST(Pictures, one_that_no_record_came_to_name_goes) {
  const Scratch scratch;
  base::MemoryLog log;
  auto blobs = store::Blobs::open({.folder = scratch.path("pictures"), .log = log});
  Pictures pictures(**blobs, log);
  const std::string digest = *pictures.keep("a picture");
  pictures.let_go(digest);
  EXPECT_FALSE((*blobs)->has(digest));
}

}  // namespace
}  // namespace weir::link
