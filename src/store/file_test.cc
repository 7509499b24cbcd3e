// Folders and whole files, as a power cut and others find them.
#include "store/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <vector>

#include "store/store_test.h"
#include "store/sync_test.h"
#include "store/whole_file.h"

namespace weir::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::read;
using testing::TestFolder;

class FileTest : public ::testing::Test {
 protected:
  TestFolder folder_;
  std::vector<std::string> synced_;
  int error_ = 0;
  const testing::SyncWatch watch_{[this](const std::string& path) {
    synced_.push_back(path);
    return error_;
  }};
};

TEST_F(FileTest, each_folder_that_is_made_is_synced_into_its_parent) {
  ASSERT_TRUE(detail::make_folder(folder_ / "a/b/c/"));
  EXPECT_THAT(synced_, ElementsAre(folder_.path(), folder_ / "a", folder_ / "a/b"));
  synced_.clear();
  ASSERT_TRUE(detail::make_folder(folder_ / "a/b/c"));
  EXPECT_THAT(synced_, IsEmpty());
  ASSERT_TRUE(detail::make_folder(folder_ / "a/b/d"));
  EXPECT_THAT(synced_, ElementsAre(folder_ / "a/b"));
}

TEST_F(FileTest, a_folder_that_could_not_be_synced_is_made_again) {
  error_ = EIO;
  EXPECT_EQ(detail::make_folder(folder_ / "a").error().code, base::Code::io);
  error_ = 0;
  EXPECT_TRUE(detail::make_folder(folder_ / "a"));
  EXPECT_THAT(synced_, ElementsAre(folder_.path(), folder_.path()));
}

TEST_F(FileTest, a_whole_file_is_its_owners_and_synced_with_its_folder) {
  const std::string path = folder_ / "file";
  testing::write(path + ".new", "left over");
  ASSERT_EQ(::chmod((path + ".new").c_str(), 0644), 0);
  ASSERT_TRUE(write_whole(path, "one"));
  EXPECT_EQ(read(path), "one");
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(synced_, ElementsAre(path + ".new", folder_.path()));
}

TEST_F(FileTest, a_whole_file_that_cannot_be_synced_leaves_the_one_before) {
  const std::string path = folder_ / "file";
  ASSERT_TRUE(write_whole(path, "one"));
  error_ = EIO;
  EXPECT_EQ(write_whole(path, "two").error().code, base::Code::io);
  EXPECT_EQ(read(path), "one");
  EXPECT_THAT(testing::names(folder_.path(), ".new"), IsEmpty());
}

// Names that sort against the time.
TEST_F(FileTest, the_newest_are_kept) {
  const auto changed_ns = [](const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
  };
  std::vector<std::string> all;
  for (const std::string name : {"d", "c", "b", "a"}) {
    do {
      testing::write(folder_ / name, name);  // until the clock of the files went on
    } while (!all.empty() && changed_ns(folder_ / name) == changed_ns(all.back()));
    all.push_back(folder_ / name);
  }
  detail::keep_newest(all, 5);
  EXPECT_THAT(testing::names(folder_.path(), ""), ElementsAre("a", "b", "c", "d"));
  detail::keep_newest(all, 2);
  EXPECT_THAT(testing::names(folder_.path(), ""), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace weir::store
