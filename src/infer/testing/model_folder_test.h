// Folders of models in a temporary place, removed at the end. For tests only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "infer/runtime.h"

namespace weir::infer::testing {

class ModelFolder {
 public:
  ModelFolder();
  ~ModelFolder();
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

std::shared_ptr<const Runtime> runtime();

}  // namespace weir::infer::testing
