// What shall run is of one moment.
#include "node/desired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "resource/model.h"
#include "resource/schema.h"
#include "store/blobs.h"
#include "store/database.h"
#include "store/seal.h"

namespace weir::node {
namespace {

class DesiredTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "weir-desired-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    database_ = *store::Database::open({.path = folder_ + "/weir.db",
                                        .migrations = {resource::kSchema},
                                        .log = log_,
                                        .clock = clock_});
    blobs_ = *store::Blobs::open({.folder = folder_ + "/blobs", .log = log_});
    seal_ = std::make_unique<store::Seal>(*store::Seal::open(folder_ + "/key"));
    resources_ = *resource::Resources::open({.database = *database_,
                                             .seal = *seal_,
                                             .blobs = *blobs_,
                                             .catalogues = nullptr,
                                             .clock = clock_,
                                             .log = log_});
    apply(
        "{kind: Product, name: camera, properties: {video: {type: stream}}}\n---\n"
        "{kind: Device, name: door, product: camera, driver: rtsp, connect: {host: h},\n"
        " bind: {video: {path: /}}}\n---\n" +
        pipeline("1") + "---\n" + model("intrusion") + "---\n" + model("smoke") + "---\n" +
        "{kind: Deployment, name: a, pipeline: watch, devices: {product: camera},\n"
        " models: {first: intrusion, second: smoke}}\n");
  }
  void TearDown() override {
    resources_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::string pipeline(const std::string& version) {
    return "{kind: Pipeline, name: watch, version: " + version +
           ", steps: [{stream_input: {product: camera, property: video}}]}\n";
  }
  std::string model(const std::string& name) {
    const std::map<std::string, std::string> files = {{"model.yaml", *blobs_->put(name)}};
    return "{kind: Model, name: " + name + ", version: '" + resource::version_digest(files) +
           "', files: {model.yaml: '" + files.at("model.yaml") + "'}}\n";
  }
  void apply(const std::string& text) {
    const auto applied = resources_->apply(text, "x.yaml", resource::Apply::keep);
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_EQ(applied->refused.text(), "");
  }

  std::string folder_;
  base::ManualClock clock_;
  base::MemoryLog log_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Blobs> blobs_;
  std::unique_ptr<store::Seal> seal_;
  std::unique_ptr<resource::Resources> resources_;
};

base::Result<std::string> no_folder(const std::string& reference) {
  return "folder of " + reference;
}

TEST_F(DesiredTest, what_changes_while_models_are_put_in_place_is_for_the_next_time) {
  const Desired before = desired(resources_->kept(), no_folder);
  const Desired during = desired(resources_->kept(), [this](const std::string& reference) {
    apply(pipeline("2"));
    return no_folder(reference);
  });
  EXPECT_EQ(during.documents.pipelines.front().version, "1");
  EXPECT_EQ(during.deployments.at("a"), before.deployments.at("a"));

  const Desired after = desired(resources_->kept(), no_folder);
  EXPECT_EQ(after.documents.pipelines.front().version, "2");
  EXPECT_NE(after.deployments.at("a"), before.deployments.at("a"));
  EXPECT_EQ(after.devices, before.devices);
}

TEST_F(DesiredTest, a_deployment_whose_model_cannot_be_put_in_place_stays_the_same_one) {
  const Desired good = desired(resources_->kept(), no_folder);
  const Desired bad =
      desired(resources_->kept(), [](const std::string&) -> base::Result<std::string> {
        return base::fail(base::Code::io, "the disk is full");
      });
  EXPECT_TRUE(good.broken.empty());
  EXPECT_EQ(bad.broken.at("a"), "the disk is full");
  EXPECT_EQ(bad.deployments, good.deployments);
}

}  // namespace
}  // namespace weir::node
