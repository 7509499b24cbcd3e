// Checks, by golden documents: tests/golden/documents/<what>/in.yaml gives exactly expected.txt,
// empty where nothing is wrong.
#include "contract/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("tests/golden/documents")) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

class GoldenDocuments : public testing::TestWithParam<std::string> {};

TEST_P(GoldenDocuments, GiveTheExpectedMistakes) {
  const fs::path folder = fs::path("tests/golden/documents") / GetParam();
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(content_of(folder / "in.yaml"), "in.yaml", documents, diagnostics);
  if (diagnostics.empty()) check(documents, Catalogue(sample::kAll), diagnostics);
  EXPECT_EQ(diagnostics.text(), content_of(folder / "expected.txt"));
}

INSTANTIATE_TEST_SUITE_P(All, GoldenDocuments, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param; });

TEST(CheckDeployment, TakesDevicesAndFillsThatCameFromNoDocument) {
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(
      "kind: Pipeline\nname: p\nsteps:\n"
      "- camera_input: {product: camera, property: video}\n"
      "- look: {model: $m, region: device.drain}\n",
      "in.yaml", documents, diagnostics);
  const data::Node drain = data::parse_yaml("[[0, 0], [1, 0], [1, 1]]")->front();
  documents.devices.push_back({.name = "file", .attributes = {{"drain", {}, drain}}});
  const Catalogue catalogue(sample::kAll);
  Deployment deployment{.name = "p", .pipeline = "p"};
  deployment.devices[""].devices = {"file"};
  check_deployment(deployment, documents, catalogue, diagnostics);
  EXPECT_EQ(diagnostics.text(),
            "deployment 'p' does not fill slot 'm' of 'look' (in.yaml:5:17), expected it under "
            "'models'\n");
  diagnostics = {};
  deployment.fills.push_back({.slot = "m", .value = data::Value("models/m")});
  check_deployment(deployment, documents, catalogue, diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
}

TEST(CheckDeployment, AsksOnceForAnAttributeThatDeploymentsShareAndTellsMistakesOfEach) {
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(
      "kind: Pipeline\nname: p\nsteps:\n"
      "- camera_input: {product: camera, property: video}\n"
      "- look: {model: $m, region: device.drain}\n",
      "in.yaml", documents, diagnostics);
  const data::Node drain = data::parse_yaml("[[0, 0], [1, 0], [1, 1]]")->front();
  documents.devices.push_back({.name = "good", .attributes = {{"drain", {}, drain}}});
  documents.devices.push_back({.name = "bad"});
  const Catalogue catalogue(sample::kAll);
  Passed passed;
  for (const std::string name : {"one", "two"}) {
    Deployment deployment{.name = name, .pipeline = "p"};
    deployment.devices[""].devices = {"good", "bad"};
    deployment.fills.push_back({.slot = "m", .value = data::Value("models/m")});
    data::Diagnostics mistakes;
    check_deployment(deployment, documents, catalogue, mistakes, passed);
    EXPECT_EQ(mistakes.size(), 1U) << mistakes.text();
    EXPECT_EQ(passed.size(), 1U);
  }
}

}  // namespace
}  // namespace weir::contract
