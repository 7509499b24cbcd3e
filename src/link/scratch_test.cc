// Removing a test's folder.
#include "link/scratch_test.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace weir::link {

Scratch::Scratch() : folder_(testing::TempDir() + "weir-link-XXXXXX") {
  EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace weir::link
