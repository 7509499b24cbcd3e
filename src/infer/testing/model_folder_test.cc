// Folders of models in a temporary place.
#include "infer/testing/model_folder_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace weir::infer::testing {

ModelFolder::ModelFolder() {
  std::string name = ::testing::TempDir() + "/model-XXXXXX";
  CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

ModelFolder::~ModelFolder() {
  std::filesystem::remove_all(path_);
}

std::string ModelFolder::write(std::string_view name, std::string_view content) const {
  std::string path = path_ + "/" + std::string(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::shared_ptr<const Runtime> runtime() {
  auto loaded = Runtime::load();
  EXPECT_TRUE(loaded) << loaded.error().message;
  CHECK(loaded);
  return *loaded;
}

}  // namespace weir::infer::testing
