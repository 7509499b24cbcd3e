// A data folder belongs to one at a time.
#include "store/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace weir::store {
namespace {

TEST(FolderLock, keeps_a_second_one_out_until_it_is_gone) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("weir_lock_" + std::to_string(::getpid()));
  std::optional<base::Result<FolderLock>> first = FolderLock::take(folder / "data");
  ASSERT_TRUE(first->has_value()) << first->error().message;
  for (const auto& made : {folder, folder / "data"}) {
    struct stat status;
    ASSERT_EQ(::stat(made.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u) << made;
  }
  const auto second = FolderLock::take(folder / "data");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::conflict);
  first.reset();
  EXPECT_TRUE(FolderLock::take(folder / "data"));
  std::filesystem::remove_all(folder);
}

TEST(FolderLock, says_what_it_cannot_make) {
  const auto lock = FolderLock::take("/dev/null/x");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, base::Code::io);
}

}  // namespace
}  // namespace weir::store
