// What the tests of this folder share.
#include "resource/keeper_test.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "contract/catalogue.h"
#include "contract/sample_contracts.h"
#include "resource/model.h"
#include "resource/schema.h"

namespace weir::resource::testing {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string name = ::testing::TempDir() + "weir-resource-XXXXXX";
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TestFolder::write(std::string_view name, std::string_view text) const {
  const std::string path = *this / name;
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string bytes_below(const std::string& folder) {
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += read_file(entry.path().string());
  }
  return bytes;
}

Keeper::Keeper() : catalogues{std::make_shared<contract::Catalogue>(contract::sample::kAll)} {
  auto opened = store::Blobs::open({.folder = folder / "blobs", .log = log});
  EXPECT_TRUE(opened) << opened.error().message;
  blobs = std::move(*opened);
  open();
}

Resources& Keeper::open() {
  resources_ = nullptr;
  database = nullptr;
  auto key = store::Seal::open(folder / "key");
  EXPECT_TRUE(key) << key.error().message;
  seal = std::make_unique<store::Seal>(std::move(*key));
  auto base = store::Database::open(
      {.path = folder / "state/weir.db", .migrations = {kSchema}, .log = log, .clock = clock});
  EXPECT_TRUE(base) << base.error().message;
  database = std::move(*base);
  auto opened = Resources::open(
      {.database = *database,
       .seal = *seal,
       .blobs = *blobs,
       .catalogues = [this] { return catalogues; },
       .clock = clock,
       .log = log,
       .check_device = [this](const device::Device& device,
                              data::Diagnostics& to) { check_device(device, to); },
       .check_model = [this](const contract::ModelVersion& model,
                             data::Diagnostics& to) { check_model(model, to); },
       .check_start = [this](const contract::Documents& documents,
                             const std::vector<std::string>& deployments,
                             data::Diagnostics& to) { check_start(documents, deployments, to); }});
  EXPECT_TRUE(opened) << opened.error().message;
  resources_ = std::move(*opened);
  return *resources_;
}

Applied Keeper::apply(std::string_view text, Apply mode) {
  auto applied = resources_->apply(text, "app.yaml", mode);
  EXPECT_TRUE(applied) << applied.error().message;
  if (!applied) return {};
  EXPECT_EQ(applied->refused.text(), "");
  return *std::move(applied);
}

std::string Keeper::refusal(std::string_view text) {
  const auto applied = resources_->apply(text, "app.yaml", Apply::keep);
  EXPECT_TRUE(applied) << applied.error().message;
  return applied ? applied->refused.text() : "";
}

std::string Keeper::outcomes(std::string_view text, Apply mode) {
  std::string out;
  for (const AppliedDocument& document : apply(text, mode).documents) {
    out += (out.empty() ? "" : ", ") + std::string(name(document.outcome)) + " " +
           std::string(name(document.kind)) + " " + document.name;
  }
  return out;
}

std::string Keeper::model(std::string_view name, const std::map<std::string, std::string>& files,
                          std::string_view folder_name) {
  std::map<std::string, std::string> digests;
  for (const auto& [path, bytes] : files) {
    const auto put = blobs->put(bytes);
    EXPECT_TRUE(put) << put.error().message;
    digests[path] = *put;
  }
  std::string out =
      "kind: Model\nname: " + std::string(name) + "\nversion: " + version_digest(digests) + "\n";
  if (!folder_name.empty()) out += "folder: " + std::string(folder_name) + "\n";
  out += "files:\n";
  for (const auto& [path, digest] : digests) out += "  " + path + ": " + digest + "\n";
  return out;
}

}  // namespace weir::resource::testing
