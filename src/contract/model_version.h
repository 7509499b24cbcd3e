// Model versions: documents of kind Model, which name the files of one version of a model.
//
//   kind: Model
//   name: intrusion
//   version: sha256:…          # of the list of its files
//   files:
//     model.yaml: sha256:…     # path within the model's folder: digest of the file
//     weights/model.onnx: sha256:…
//   folder: models/intrusion   # only while it is sent: where the sender has it
//
// `weir apply` writes them for the folders that deployments name. Values; immutable, thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::contract {

constexpr std::size_t kModelFilesMax = 1'000;
constexpr std::size_t kModelPathBytesMax = 200;

struct ModelVersion {
  std::string name = {};
  std::string description = {};
  std::string file = {};
  data::Position position = {};
  std::string version = {};
  std::map<std::string, std::string> files = {};  // path → digest
  std::string folder = {};
};

// A relative path that stays below its folder on every system: names joined by '/', none of them
// "", "." or "..", without control characters, '\' and ':'.
bool valid_model_path(std::string_view path);

// What `name` or `name@digest` names; nullopt where the text is neither.
struct ModelReference {
  std::string name = {};
  std::string version = {};  // "" the newest
};
std::optional<ModelReference> parse_model_reference(std::string_view text);

// Reads a document of kind Model. Mistakes are added; nullopt where it has no name.
std::optional<ModelVersion> parse_model_version(const data::Node& document, std::string_view file,
                                                data::Diagnostics& diagnostics);

}  // namespace weir::contract
