// What the tests of this folder share: resources in a folder of their own, with a real database,
// key and blobs; an application that uses every kind.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "resource/resources.h"
#include "store/blobs.h"
#include "store/database.h"
#include "store/seal.h"

namespace weir::resource::testing {

inline constexpr std::string_view kSecret = "tr0ub4dor&3";

// A product, a device with credentials, a pipeline and a deployment that names a folder.
inline constexpr std::string_view kApplication = R"(kind: Product
name: camera
properties: {video: {type: stream}}
attributes: {drain: {type: region}}
---
kind: Device
name: camera-1
product: camera
driver: rtsp
connect: {host: "127.0.0.1:8554", user: viewer, password: "tr0ub4dor&3"}
bind: {video: {path: /camera-1}}
attributes: {drain: [[0.42, 0.55], [0.61, 0.55], [0.61, 0.83]]}
---
kind: Pipeline
name: watch
version: 1.10
steps:
  - camera_input: {product: camera, property: video}
  - look: {model: $detector, region: device.drain, score: 0.6}
  - save: {path: out.jsonl}
)";

// Empty, and gone with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }
  // Makes the folders on the way.
  std::string write(std::string_view name, std::string_view text) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
// All files below a folder, one text.
std::string bytes_below(const std::string& folder);

// Resources that can be closed and opened again.
class Keeper {
 public:
  Keeper();

  Resources& open();
  Resources& resources() { return *resources_; }
  // Expects that it is applied; otherwise, the mistakes.
  Applied apply(std::string_view text, Apply mode = Apply::keep);
  std::string refusal(std::string_view text);  // "" where it is applied
  // The outcomes of the documents: "created Product camera, …".
  std::string outcomes(std::string_view text, Apply mode = Apply::keep);
  // A document of kind Model for these files, which are put as blobs.
  std::string model(std::string_view name, const std::map<std::string, std::string>& files,
                    std::string_view folder = {});

  TestFolder folder;
  base::ManualClock clock{1'700'000'000'000'000'000};
  base::MemoryLog log;
  Catalogues catalogues;
  Resources::DeviceCheck check_device = [](const auto&, data::Diagnostics&) {};
  Resources::ModelCheck check_model = [](const auto&, data::Diagnostics&) {};
  Resources::StartCheck check_start = [](const auto&, const auto&, data::Diagnostics&) {};
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Blobs> blobs;
  std::unique_ptr<store::Seal> seal;

 private:
  std::unique_ptr<Resources> resources_;
};

}  // namespace weir::resource::testing
