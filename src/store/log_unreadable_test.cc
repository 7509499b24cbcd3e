// The log where the disk does not give a page: an error, and no damage until it is given up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "store/read_test.h"
#include "store/segment.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::HasSubstr;
using testing::names;
using ::testing::Not;
using testing::read;
using testing::records;
using testing::TestFolder;
using testing::TestLog;

// The bytes of a record at an offset.
std::string record_text(std::uint64_t offset) {
  return "record " + std::to_string(offset) + std::string(offset % 7, '.');
}

// A log of some pages, in whose first segment a page cannot be read.
class LogUnreadable : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kPage = 4096;

  LogUnreadable() {
    Log& log = test_.open();
    while (names(test_.folder, ".log").size() < 2) EXPECT_TRUE(log.append(record_text(log.end())));
    end_ = log.end();
    test_.log = nullptr;
    segment_ = names(test_.folder, ".log").front();
  }

  // From here on; 0: all can be read.
  void break_pages(std::uint64_t first, std::uint64_t before) {
    bad_ = {first * kPage, before * kPage};
  }

  testing::ReadRange bad_;
  std::string segment_;
  const testing::ReadWatch watch_{[this](const std::string& path, testing::ReadRange read) {
    const bool bad = read.begin < bad_.end && bad_.begin < read.end;
    return path.ends_with("/" + segment_) && bad ? EIO : 0;
  }};
  TestFolder folder_{TestFolder::Where::memory};
  TestLog test_{folder_ / "log", 64 * 1024};
  std::uint64_t end_ = 0;
};

TEST_F(LogUnreadable, place_is_an_error_and_read_when_the_disk_gives_it) {
  Log& log = test_.open();
  break_pages(3, 4);
  auto reader = log.read(0);
  std::uint64_t next = 0;
  auto record = reader.next();
  for (; record; record = reader.next()) ASSERT_EQ((*record)->offset, next++);
  EXPECT_EQ(record.error().code, Code::io);
  EXPECT_THAT(record.error().message, HasSubstr(segment_));
  EXPECT_GT(next * (detail::kBlockHeaderBytes + record_text(6).size() + 1), 2 * kPage)
      << "what lies before is given out";
  EXPECT_EQ(reader.offset(), next);
  EXPECT_FALSE(reader.next()) << "as often as it is asked";
  break_pages(0, 0);
  for (; next < end_; ++next) {
    record = reader.next();
    ASSERT_EQ((*record)->offset, next);
    EXPECT_EQ((*record)->skipped, 0u);
  }
  EXPECT_EQ(test_.lines.text(), "");
}

TEST_F(LogUnreadable, place_that_is_given_up_costs_its_pages) {
  for (const std::uint64_t pages : {1, 2, 5}) {
    SCOPED_TRACE(pages);
    Log& log = test_.open();
    break_pages(3, 3 + pages);
    auto reader = log.read(0);
    EXPECT_FALSE(reader.skip_unreadable()) << "nothing has failed";
    std::uint64_t next = 0, skipped = 0, errors = 0;
    while (next < end_) {
      const auto record = reader.next();
      if (!record) {
        ++errors;
        ASSERT_TRUE(reader.skip_unreadable());
        continue;
      }
      EXPECT_EQ((*record)->bytes, record_text((*record)->offset));
      EXPECT_EQ((*record)->offset, next + (*record)->skipped);
      skipped += (*record)->skipped;
      next = (*record)->offset + 1;
    }
    const std::uint64_t record_bytes = detail::kBlockHeaderBytes + record_text(1000).size() + 1;
    EXPECT_GE(skipped, pages * kPage / (record_bytes + 7));
    EXPECT_LE(skipped, 2 * pages * kPage / (record_bytes - 7) + 2) << "at most twice as far";
    EXPECT_LE(errors, 3u);
    EXPECT_THAT(test_.lines.text(), HasSubstr("damage in a segment is passed over"));
  }
}

TEST_F(LogUnreadable, header_sets_no_segment_aside) {
  break_pages(0, 1);
  Log& log = test_.open();
  EXPECT_EQ(log.begin(), 0u);
  EXPECT_FALSE(log.read(0).next());
  break_pages(0, 0);
  EXPECT_EQ(records(log).size(), end_);
  EXPECT_THAT(test_.lines.text(), Not(HasSubstr("set aside")));

  segment_ = names(test_.folder, ".log").back();
  break_pages(0, 1);
  Log& again = test_.open();
  const std::uint64_t offset = again.end();
  EXPECT_GE(offset, end_);
  ASSERT_EQ(again.append(record_text(offset)), offset);
  break_pages(0, 0);
  const auto all = records(test_.open());
  EXPECT_EQ(all.size(), end_ + 1);
  EXPECT_EQ(all.back().offset, offset);
}

TEST_F(LogUnreadable, place_in_the_newest_segment_gives_no_offset_twice) {
  {
    Log& log = test_.open();
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(log.append(record_text(log.end())));
    end_ = log.end();
  }
  segment_ = names(test_.folder, ".log").back();
  const std::uint64_t pages = read(test_.folder + "/" + segment_).size() / kPage;
  ASSERT_GE(pages, 4u);
  break_pages(2, 3);
  EXPECT_EQ(test_.open().end(), end_) << "what lies behind says how far the log went";

  break_pages(pages, pages + 1);  // the end
  Log& log = test_.open();
  const std::uint64_t offset = log.end();
  EXPECT_GE(offset, end_);
  EXPECT_LE(offset, end_ + kPage);
  ASSERT_EQ(log.append(record_text(offset)), offset);
  break_pages(0, 0);
  const auto all = records(test_.open());
  EXPECT_EQ(all.size(), end_ + 1) << "nothing was cut";
  EXPECT_EQ(all.back().offset, offset);
}

}  // namespace
}  // namespace weir::store
