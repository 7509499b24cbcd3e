// Model versions, from YAML.
#include "contract/model_version.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;
using data::Node;
using data::YamlMap;
using data::YamlMember;

namespace {

constexpr std::string_view kDigestExpected = "sha256: and 64 hexadecimal digits in lower case";
constexpr std::string_view kPathExpected =
    "a path below the model's folder, such as weights/model.onnx, of at most 200 bytes";
static_assert(kModelPathBytesMax == 200);

class FilesReader {
 public:
  FilesReader(std::string_view file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  std::map<std::string, std::string> read(const Node& map);

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(file_, position, code, std::move(message));
  }

  std::string_view file_;
  Diagnostics& diagnostics_;
};

std::map<std::string, std::string> FilesReader::read(const Node& map) {
  std::map<std::string, std::string> files;
  if (!map.is_mapping()) {
    fail(map.position(), Code::wrong_type,
         "'files' of a Model is " + describe(map) + ", expected a map from paths to digests");
  } else if (map.members().empty()) {
    fail(map.position(), Code::missing, "'files' of a Model is empty, expected at least one file");
  } else if (map.members().size() > kModelFilesMax) {
    fail(map.position(), Code::limit,
         std::to_string(map.members().size()) + " files of a Model, expected at most " +
             std::to_string(kModelFilesMax));
    return files;
  }
  for (const YamlMember& member : map.members()) {
    if (!valid_model_path(member.key)) {
      fail(member.position, Code::invalid,
           "a file of a Model is no path, expected " + std::string(kPathExpected));
    } else if (!base::is_digest(member.value.text())) {
      fail(member.value.position(), Code::invalid,
           "the digest of '" + member.key + "' is " + describe(member.value) + ", expected " +
               std::string(kDigestExpected));
    } else {
      files.emplace(member.key, member.value.text());
    }
  }
  return files;
}

}  // namespace

bool valid_model_path(std::string_view path) {
  if (path.empty() || path.size() > kModelPathBytesMax) return false;
  const auto refused = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':';
  };
  if (std::ranges::any_of(path, refused)) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::optional<ModelReference> parse_model_reference(std::string_view text) {
  const std::size_t at = text.find('@');
  ModelReference reference{.name = std::string(text.substr(0, at))};
  if (!data::valid_name(reference.name)) return std::nullopt;
  if (at == std::string_view::npos) return reference;
  reference.version = text.substr(at + 1);
  if (!base::is_digest(reference.version)) return std::nullopt;
  return reference;
}

std::optional<ModelVersion> parse_model_version(const Node& document, std::string_view file,
                                                Diagnostics& diagnostics) {
  YamlMap map(document, "a Model", file, diagnostics);
  map.know("kind");
  const auto name = map.required_name("name");
  ModelVersion model{.name = name.value_or(""),
                     .description = map.text("description").value_or(""),
                     .file = std::string(file),
                     .position = document.position()};
  const auto version = map.required_text("version");
  if (version && !base::is_digest(*version)) {
    diagnostics.add(file, document.find("version")->position(), Code::invalid,
                    "'version' of a Model is " + describe(*document.find("version")) +
                        ", expected " + std::string(kDigestExpected));
  }
  model.version = version.value_or("");
  if (const Node* files = map.require("files")) {
    model.files = FilesReader(file, diagnostics).read(*files);
  }
  model.folder = map.text("folder").value_or("");
  map.finish();
  if (!name) return std::nullopt;
  return model;
}

}  // namespace weir::contract
