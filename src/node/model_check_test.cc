// What can be no model is told with the place in its model.yaml.
#include "node/model_check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/log.h"

namespace weir::node {
namespace {

constexpr const char* kPackage =
    "task: detection\n"
    "inputs: [{tensor: in}]\n"
    "outputs: [{tensor: out, decode: fastestdet}]\n"
    "labels: coco.names\n";

class ModelCheckTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string mistakes(const std::map<std::string, std::string>& files,
                       const std::string& folder = "models/m") {
    contract::ModelVersion model{.name = "m", .folder = folder};
    for (const auto& [name, bytes] : files) model.files[name] = *blobs_->put(bytes);
    data::Diagnostics found;
    check_model(model, *blobs_, found);
    return found.text();
  }

  base::MemoryLog log_;
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("weir_model_check_" + std::to_string(::getpid()));
  std::unique_ptr<store::Blobs> blobs_ = *store::Blobs::open({.folder = folder_, .log = log_});
};

TEST_F(ModelCheckTest, files_are_found_by_their_names) {
  EXPECT_EQ(mistakes({{"model.yaml", kPackage}, {"coco.names", "person\n"}}), "");
  EXPECT_EQ(mistakes({{"model.yaml", kPackage}}),
            "models/m/model.yaml:4:9: labels: models/m/coco.names: cannot be read: No such file or "
            "directory\n");
}

TEST_F(ModelCheckTest, mistakes_have_their_place) {
  const std::string unknown = std::string(kPackage) + "foo: 1\n";
  EXPECT_EQ(
      mistakes({{"model.yaml", unknown}, {"coco.names", "person\n"}}, ""),
      "m/model.yaml:5:1: a model package has no 'foo', expected task, inputs, outputs, labels, "
      "weights\n");
  EXPECT_TRUE(
      mistakes({{"model.yaml", "# none\n{{{garbage"}}).starts_with("models/m/model.yaml:2:"));
}

}  // namespace
}  // namespace weir::node
