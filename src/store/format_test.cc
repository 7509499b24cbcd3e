// What docs/formats says of the files is what is written and read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "base/text.h"
#include "store/blobs.h"
#include "store/digest.h"
#include "store/segment.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using testing::read;
using testing::records;
using testing::TestFolder;
using testing::TestLog;

// The lines of the last fenced block of a page: its example.
std::vector<std::string> example(const std::string& page) {
  std::istringstream text(read("docs/formats/" + page));
  std::vector<std::string> lines;
  bool fenced = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      fenced = !fenced;
      if (fenced) lines.clear();
    } else if (fenced) {
      lines.push_back(line);
    }
  }
  return lines;
}

// Bytes in hexadecimal digits, up to a #.
std::string bytes_of(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (unsigned byte = 0; words >> std::hex >> byte;) bytes += static_cast<char>(byte);
  }
  return bytes;
}

// The same with what they mean, to be pasted into the page.
std::string dump(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out += base::encode_hex(bytes.substr(i, 1)) + (i % 16 == 15 ? "\n" : " ");
  }
  return out;
}

constexpr std::string_view kId = "000102030405060708090a0b0c0d0e0f";
constexpr std::uint64_t kFirstOffset = 7;

std::string raw_id() {
  std::string id;
  for (char c = 0; c < 16; ++c) id += c;
  return id;
}

TEST(Formats, the_example_of_a_log_is_what_is_written) {
  const std::string written = bytes_of(example("log.md"));
  const std::string id = raw_id();
  std::string expected = detail::write_segment_header({.id = id, .first = kFirstOffset});
  const std::vector<std::string_view> two = {"alert", ""}, one = {"ok"};
  std::span<const std::string_view> left = two;
  expected += detail::make_block(left, kFirstOffset, detail::seed_of(id)).bytes;
  left = one;
  expected += detail::make_block(left, kFirstOffset + 2, detail::seed_of(id)).bytes;
  EXPECT_TRUE(written == expected) << "expected in docs/formats/log.md:\n" << dump(expected);
}

TEST(Formats, the_example_of_a_log_is_read) {
  const TestFolder folder;
  const std::string bytes = bytes_of(example("log.md"));
  const std::string path = folder / detail::segment_name(kFirstOffset);
  EXPECT_TRUE(path.ends_with("/00000000000000000007.log"));
  testing::write(path, bytes);
  TestLog test(folder.path());
  Log& log = test.open();
  EXPECT_EQ(test.lines.text(), "");
  EXPECT_EQ(log.id(), kId);
  const auto all = records(log, kFirstOffset);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].bytes, "alert");
  EXPECT_EQ(all[1].bytes, "");
  EXPECT_EQ(all[2].bytes, "ok");
  EXPECT_EQ(all[2].offset, 9u);

  // And a log that is told to appends the same bytes.
  ASSERT_EQ(log.append("alert"), 10u);
  const std::vector<std::string_view> one = {"alert"};
  std::span<const std::string_view> left = one;
  EXPECT_EQ(read(path), bytes + detail::make_block(left, 10, detail::seed_of(raw_id())).bytes);
}

TEST(Formats, the_limits_that_the_page_names_are_those_of_the_code) {
  const std::string page = read("docs/formats/log.md");
  const auto with_commas = [](std::size_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; text.insert(at -= 3, ",")) {
    }
    return text;
  };
  for (const std::size_t limit :
       {detail::kBodyBytesMax, Log::kRecordBytesMax, detail::kBlockBytesAim}) {
    EXPECT_THAT(page, ::testing::HasSubstr(with_commas(limit)));
  }
  EXPECT_THAT(page, ::testing::HasSubstr("newest " + std::to_string(Log::kDamagedMax)));
  const std::string blobs = read("docs/formats/blobs.md");
  EXPECT_THAT(blobs, ::testing::HasSubstr("At most " + std::to_string(Blobs::kPartialsMax)));
  EXPECT_THAT(blobs, ::testing::HasSubstr("newest " + std::to_string(Blobs::kDamagedMax)));
}

TEST(Formats, the_example_of_blobs_is_what_is_written) {
  std::map<std::string, std::string> expected, found;
  for (const std::string& line : example("blobs.md")) {
    const std::size_t space = line.find(' ');
    expected[line.substr(0, space)] = line.substr(space + 1);
  }
  const TestFolder folder;
  base::MemoryLog lines;
  const auto blobs = Blobs::open({.folder = folder.path(), .log = lines});
  ASSERT_TRUE(blobs);
  ASSERT_TRUE((*blobs)->put("hello"));
  ASSERT_EQ((*blobs)->append_partial(sha256("world"), 0, "wor", 5), 3u);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    found[entry.path().lexically_relative(folder.path()).string()] = read(entry.path().string());
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace weir::store
