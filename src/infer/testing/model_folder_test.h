// Folders of models in a temporary place, removed at the end. For tests only.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/check.h"
#include "infer/runtime.h"

namespace weir::infer::testing {

class ModelFolder {
 public:
  ModelFolder() {
    std::string name = ::testing::TempDir() + "/model-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ModelFolder() { std::filesystem::remove_all(path_); }
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const {
    std::string path = path_ + "/" + std::string(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  std::string path_;
};

inline std::shared_ptr<const Runtime> runtime() {
  auto loaded = Runtime::load();
  EXPECT_TRUE(loaded) << loaded.error().message;
  CHECK(loaded);
  return *loaded;
}

}  // namespace weir::infer::testing
