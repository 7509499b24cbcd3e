// What would keep a deployment from starting is found before anything is changed.
#include "node/start_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "contract/check.h"

namespace weir::node {
namespace {

using ::testing::HasSubstr;

class NoAlerts final : public flow::Alerts {
 public:
  base::Result<> raise(const flow::Alert&) override { return {}; }
};

class StartCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "in.csv") << "time,n\n2026-01-01T00:00:00Z,1\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A pipeline over a file, and two deployments of it.
  std::string mistakes(const std::string& file, const std::string& steps) {
    contract::Documents documents;
    data::Diagnostics found;
    contract::read_documents(
        "kind: Pipeline\nname: p\nsteps:\n- file_input: {path: '" + (folder_ / file).string() +
            "'}\n" + steps + "---\n{kind: Deployment, name: a, pipeline: p" + models_ +
            "}\n---\n{kind: Deployment, name: b, pipeline: p" + models_ + "}\n",
        "x.yaml", documents, found);
    contract::check(documents, catalogue(), found);
    EXPECT_TRUE(found.empty()) << found.text();
    check_starts(node_, documents, {"a", "b"}, model_folder_, found);
    return found.text();
  }

  base::SystemClock clock_;
  base::MemoryLog log_;
  NoAlerts alerts_;
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("weir_start_check_" + std::to_string(::getpid()));
  std::string models_;
  ModelFolder model_folder_ = [](const std::string&) -> base::Result<std::string> {
    return base::fail(base::Code::unknown_name, "not kept yet");
  };
  std::size_t epochs_ = 0;
  Node node_{{.clock = clock_, .log = log_, .alerts = alerts_, .workers = 1, .next_epoch = [this] {
                return base::Result<std::int64_t>(++epochs_);
              }}};
};

TEST_F(StartCheckTest, conditions_are_checked_against_the_columns_there_are) {
  EXPECT_EQ(mistakes("in.csv", "- filter: {where: 'n > 1'}\n"), "");
  const std::string unknown = mistakes("in.csv", "- filter: {where: 'nosuch > 1'}\n");
  EXPECT_THAT(unknown, HasSubstr("x.yaml:5:19: filter: "));
  EXPECT_THAT(unknown, HasSubstr("'nosuch'"));
  EXPECT_EQ(std::ranges::count(unknown, '\n'), 1) << "told once: " << unknown;
  EXPECT_THAT(mistakes("in.csv", "- filter: {where: \"n > 'x'\"}\n"), HasSubstr("x.yaml:5:19"));
  EXPECT_THAT(mistakes("in.csv", "- filter: {where: 'n + 1'}\n"), HasSubstr("x.yaml:5:19"));
}

TEST_F(StartCheckTest, what_is_not_there_yet_is_no_mistake) {
  EXPECT_EQ(mistakes("later.csv", "- filter: {where: 'nosuch > 1'}\n"), "");
}

TEST_F(StartCheckTest, a_model_that_is_not_placed_hides_only_what_comes_behind_it) {
  models_ = ", models: {look: m@sha256:1}";
  const std::string model = "- apply_model: {model: $look}\n";
  EXPECT_EQ(mistakes("in.csv", model + "- filter: {where: 'look.nosuch > 1'}\n"), "");
  EXPECT_THAT(mistakes("in.csv", "- filter: {where: 'nosuch > 1'}\n" + model),
              HasSubstr("x.yaml:5:19: "));
}

TEST_F(StartCheckTest, a_device_has_the_streams_that_are_read) {
  contract::Documents documents;
  data::Diagnostics found;
  contract::read_documents(
      "{kind: Product, name: p, properties: {v: {type: stream}, w: {type: stream}}}\n---\n"
      "{kind: Device, name: a, product: p, driver: rtsp, connect: {host: h}, bind: {v: {path: "
      "/}}}\n"
      "---\n{kind: Device, name: b, product: p, driver: rtsp, bind: {w: {path: /}}}\n"
      "---\n{kind: Pipeline, name: s, steps: [{stream_input: {product: p, property: v}}]}\n"
      "---\n{kind: Deployment, name: s, pipeline: s, devices: {product: p}}\n"
      "---\n{kind: Deployment, name: t, pipeline: s, devices: [a]}\n",
      "x.yaml", documents, found);
  check_starts(node_, documents, {"t"}, model_folder_, found);
  EXPECT_EQ(found.text(), "");
  check_starts(node_, documents, {"s"}, model_folder_, found);
  EXPECT_EQ(found.text(),
            "x.yaml:5:1: device 'b' has no stream 'v', expected it under its `bind`\n");
}

TEST_F(StartCheckTest, leaves_nothing_behind) {
  const std::string out = (folder_ / "out").string();
  EXPECT_EQ(mistakes("in.csv", "- file_output: {path: '" + out + "/out.csv'}\n"), "");
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_EQ(epochs_, 0u);
  EXPECT_EQ(node_.devices().size(), 0u);
  EXPECT_TRUE(node_.status().deployments.empty());
  EXPECT_EQ(log_.text(), "");
}

}  // namespace
}  // namespace weir::node
