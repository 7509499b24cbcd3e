// Whether a node can keep what it is given.
#include "node/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace weir::node {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(Health, is_whether_the_disk_takes_more) {
  std::string folder = ::testing::TempDir() + "weir-health-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  EXPECT_TRUE(check_writable(folder));
  EXPECT_TRUE(fs::is_empty(folder)) << "nothing stays";
  fs::create_symlink("/dev/full", folder + "/probe");
  const auto full = check_writable(folder);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, base::Code::io);
  EXPECT_THAT(full.error().message, HasSubstr(folder + " cannot be written: No space left"));
  EXPECT_TRUE(check_writable(folder)) << "once there is room";
  fs::remove_all(folder);
  EXPECT_FALSE(check_writable(folder));
}

}  // namespace
}  // namespace weir::node
