// Documents: what is read of good files, and which files are not read. Mistakes are in
// tests/golden/documents.
#include "contract/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Documents read(std::string_view text, std::string_view file = "f.yaml") {
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(text, file, documents, diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  return documents;
}

std::vector<std::string> names(const std::vector<const device::Device*>& devices) {
  std::vector<std::string> names;
  for (const device::Device* device : devices) names.push_back(device->name);
  return names;
}

TEST(Documents, ReadArgumentsOfEachKind) {
  const Documents documents = read(R"(kind: Pipeline
name: p
version: 1.0
steps:
- look: {a: 1, b: "$m", c: device.drain, d: $$x, e: [1, 2], f: device.a.b}
)");
  const Pipeline& pipeline = *documents.pipeline("p");
  EXPECT_EQ(pipeline.version, "1.0");
  const Step& step = pipeline.steps.front();
  EXPECT_EQ(step.position, (data::Position{5, 3}));
  ASSERT_EQ(step.arguments.size(), 6U);
  EXPECT_EQ(step.argument("a")->kind, Argument::Kind::literal);
  EXPECT_EQ(step.argument("b")->kind, Argument::Kind::slot);
  EXPECT_EQ(step.argument("b")->reference, "m");
  EXPECT_EQ(step.argument("c")->kind, Argument::Kind::attribute);
  EXPECT_EQ(step.argument("c")->reference, "drain");
  EXPECT_EQ(step.argument("d")->kind, Argument::Kind::literal);
  EXPECT_EQ(step.argument("f")->kind, Argument::Kind::literal);
  EXPECT_EQ(step.argument("g"), nullptr);
}

TEST(Documents, NameStepsAfterTheirOperators) {
  const Documents documents =
      read("kind: Pipeline\nname: p\nsteps: [a, a, {id: a-2, b: }, a, {id: x, a: {}}]\n");
  std::vector<std::string> ids;
  for (const Step& step : documents.pipeline("p")->steps) ids.push_back(step.id);
  EXPECT_THAT(ids, ElementsAre("a", "a-3", "a-2", "a-4", "x"));
}

constexpr std::string_view kDevices = R"(kind: Device
name: a
product: camera
driver: rtsp
---
kind: Device
name: b
product: [meter, camera]
driver: rtsp
---
kind: Device
name: c
product: meter
driver: rtsp
---
kind: Deployment
name: by-product
pipeline: p
devices: {product: camera}
models: {m: models/m, n: /n}
values: {v: [1, x]}
---
kind: Deployment
name: by-input
pipeline: p
devices: {left: [c, a], right: {device: a}}
---
kind: Deployment
name: one
pipeline: p
devices: b
)";

TEST(Documents, SelectDevices) {
  const Documents documents = read(kDevices);
  const auto& all = documents.deployments;
  EXPECT_THAT(names(selected_devices(documents, all[0])), ElementsAre("a", "b"));
  EXPECT_THAT(names(selected_devices(documents, all[0], "left")), ElementsAre("a", "b"));
  EXPECT_THAT(names(selected_devices(documents, all[1], "left")), ElementsAre("c", "a"));
  EXPECT_THAT(names(selected_devices(documents, all[1], "right")), ElementsAre("a"));
  EXPECT_THAT(names(selected_devices(documents, all[1], "other")), ElementsAre());
  EXPECT_THAT(names(selected_devices(documents, all[1])), ElementsAre("c", "a"));
  EXPECT_THAT(names(selected_devices(documents, all[2])), ElementsAre("b"));
}

TEST(Documents, FillSlotsWithModelsBesideTheFile) {
  const Documents documents = read(kDevices, "some/where/f.yaml");
  const auto& fills = documents.deployments[0].fills;
  ASSERT_EQ(fills.size(), 3U);
  EXPECT_EQ(fills[0].kind, Fill::Kind::model);
  EXPECT_EQ(fills[0].value, data::Value("some/where/models/m"));
  EXPECT_EQ(fills[1].value, data::Value("/n"));
  EXPECT_EQ(fills[2].kind, Fill::Kind::value);
  EXPECT_EQ(fills[2].value, data::Value(data::List{data::Value(1), data::Value("x")}));
}

TEST(Documents, ManyStepsAreRefused) {
  std::string text = "kind: Pipeline\nname: p\nsteps:\n";
  for (std::size_t i = 0; i <= kStepsMax; ++i) text += "- pass\n";
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(text, "f", documents, diagnostics);
  EXPECT_EQ(diagnostics.text(), "f:4:1: 1001 steps, expected at most 1000\n");
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() { std::filesystem::create_directories(folder_); }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string mistakes(const std::vector<std::string>& files) {
    data::Diagnostics diagnostics;
    documents_ = load(files, diagnostics);
    return diagnostics.text();
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      testing::UnitTest::GetInstance()->current_test_info()->name();
  Documents documents_;
};

TEST_F(LoadTest, ReadsAllFiles) {
  const std::string a = write("a.yaml", "kind: Pipeline\nname: p\nsteps: [a]\n");
  const std::string b = write("b.yaml", "kind: Deployment\nname: d\npipeline: p\n");
  EXPECT_EQ(mistakes({a, b}), "");
  EXPECT_NE(documents_.pipeline("p"), nullptr);
  EXPECT_EQ(documents_.deployments.size(), 1U);
}

TEST_F(LoadTest, NamesFilesThatCannotBeRead) {
  const std::string good = write("good.yaml", "kind: Pipeline\nname: p\nsteps: [a]\n");
  const std::string missing = (folder_ / "missing.yaml").string();
  EXPECT_EQ(mistakes({missing, good}), missing + ": cannot be opened: No such file or directory\n");
  EXPECT_NE(documents_.pipeline("p"), nullptr);
  EXPECT_EQ(mistakes({folder_.string()}), folder_.string() + ": is a folder, expected a file\n");
}

TEST_F(LoadTest, RefusesAFileOfTenMegabytes) {
  const std::string large = write("large.yaml", std::string(10'000'000, '#'));
  EXPECT_EQ(mistakes({large}), large + ": more than 1048576 bytes, expected a smaller text\n");
}

TEST_F(LoadTest, RefusesTooManyFiles) {
  EXPECT_EQ(mistakes(std::vector<std::string>(kFilesMax + 1, "x")),
            "1001 files, expected at most 1000\n");
}

}  // namespace
}  // namespace weir::contract
