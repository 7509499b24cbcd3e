// The log where a sync fails: what was not on the disk by then is not counted on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "store/segment.h"
#include "store/store_test.h"
#include "store/sync_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::HasSubstr;
using testing::names;
using testing::read;
using testing::records;
using testing::TestFolder;
using testing::TestLog;
using testing::write;

// A log whose segments cannot be synced so many times; the system forgets what it was to write.
class LogSync : public ::testing::Test {
 protected:
  int failures_ = 0;
  const testing::SyncWatch watch_{[this](const std::string& path) {
    return path.ends_with(".log") && failures_ > 0 && failures_-- > 0 ? EIO : 0;
  }};
  TestFolder folder_;
  TestLog test_{folder_ / "log"};
  std::string first_ = test_.folder + "/" + detail::segment_name(0);
};

TEST_F(LogSync, that_failed_is_followed_by_another_segment_and_says_what_may_be_lost) {
  Log& log = test_.open();
  ASSERT_EQ(log.append("zero"), 0u);
  ASSERT_TRUE(log.sync());
  const std::string synced = read(first_);
  ASSERT_EQ(log.append("one"), 1u);
  failures_ = 1;
  EXPECT_EQ(log.sync().error().code, Code::io);
  EXPECT_EQ(log.synced(), 1u);
  EXPECT_THAT(test_.lines.text(), HasSubstr("a sync failed"));
  EXPECT_THAT(test_.lines.text(), HasSubstr("from=1 before=2"));
  ASSERT_EQ(log.append("two"), 2u);
  ASSERT_TRUE(log.sync());
  EXPECT_EQ(log.synced(), 3u);
  EXPECT_EQ(records(log).size(), 3u) << "all is there until the power goes";
  test_.log = nullptr;
  write(first_, synced);
  Log& again = test_.open();
  const auto all = records(again);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].bytes, "two");
  EXPECT_EQ(all[1].skipped, 1u);
  EXPECT_EQ(again.end(), 3u);
}

TEST_F(LogSync, that_failed_gives_no_offset_twice) {
  Log& log = test_.open();
  ASSERT_TRUE(log.sync());
  const std::string synced = read(first_);
  ASSERT_EQ(log.append("zero"), 0u);
  failures_ = 2;
  EXPECT_FALSE(log.sync());
  EXPECT_FALSE(log.sync());
  EXPECT_TRUE(log.sync());
  EXPECT_EQ(log.synced(), 1u);
  EXPECT_EQ(names(test_.folder, ".log").size(), 2u) << "an empty segment is written once more";
  test_.log = nullptr;
  write(first_, synced);
  EXPECT_EQ(test_.open().append("one"), 1u);
}

TEST_F(LogSync, that_failed_before_the_first_record_takes_none) {
  Log& log = test_.open();
  failures_ = 1;
  EXPECT_FALSE(log.sync());
  std::filesystem::resize_file(first_, 0);
  ASSERT_EQ(log.append("zero"), 0u);
  ASSERT_TRUE(log.sync());
  EXPECT_EQ(records(test_.open()).size(), 1u);
}

}  // namespace
}  // namespace weir::store
