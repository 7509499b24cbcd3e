// Documents, from YAML files.
#include "contract/document.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "contract/pipeline.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;
using data::Node;
using data::YamlMap;
using data::YamlMember;

namespace {

template <class T>
const T* named(const std::vector<T>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? nullptr : &*found;
}

class DeploymentReader {
 public:
  DeploymentReader(std::string_view file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  std::optional<Deployment> read(const Node& document);

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(file_, position, code, std::move(message));
  }
  void read_devices(const Node& node, Deployment& deployment);
  std::optional<Selector> read_selector(const Node& node);
  std::vector<std::string> read_names(const Node& node);
  void read_fills(const Node* map, Fill::Kind kind, Deployment& deployment);
  void read_fill(const YamlMember& member, Fill::Kind kind, Deployment& deployment);

  std::string_view file_;
  Diagnostics& diagnostics_;
};

std::optional<Deployment> DeploymentReader::read(const Node& document) {
  YamlMap map(document, "a Deployment", file_, diagnostics_);
  map.know("kind");
  const auto name = map.required_name("name");
  Deployment deployment{.name = name.value_or(""),
                        .description = map.text("description").value_or(""),
                        .file = std::string(file_),
                        .position = document.position()};
  deployment.pipeline = map.required_name("pipeline").value_or("");
  if (const Node* pipeline = map.take("pipeline"))
    deployment.pipeline_position = pipeline->position();
  if (const Node* devices = map.take("devices")) read_devices(*devices, deployment);
  read_fills(map.take("models"), Fill::Kind::model, deployment);
  read_fills(map.take("values"), Fill::Kind::value, deployment);
  map.finish();
  if (!name) return std::nullopt;
  return deployment;
}

void DeploymentReader::read_devices(const Node& node, Deployment& deployment) {
  const bool one = !node.is_mapping() || node.find("product") != nullptr ||
                   node.find("device") != nullptr || node.members().empty();
  if (one) {
    if (auto selector = read_selector(node)) deployment.devices[""] = *std::move(selector);
    return;
  }
  for (const YamlMember& member : node.members()) {
    if (auto selector = read_selector(member.value)) {
      deployment.devices[member.key] = *std::move(selector);
    }
  }
}

std::optional<Selector> DeploymentReader::read_selector(const Node& node) {
  Selector selector{.position = node.position()};
  if (!node.is_mapping()) {
    selector.devices = read_names(node);
    return selector;
  }
  YamlMap map(node, "a selection of devices", file_, diagnostics_);
  selector.product =
      map.take("product") == nullptr ? "" : map.required_name("product").value_or("");
  const Node* devices = map.take("device");
  if (devices != nullptr) selector.devices = read_names(*devices);
  map.finish();
  const bool both = node.find("product") != nullptr && node.find("device") != nullptr;
  if (!both && (!selector.product.empty() || !selector.devices.empty())) return selector;
  if (both || node.members().empty()) {
    fail(node.position(), both ? Code::conflict : Code::missing,
         "devices are selected by {product: NAME} or by {device: NAME}, expected one of them");
  }
  return std::nullopt;
}

std::vector<std::string> DeploymentReader::read_names(const Node& node) {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  const auto add = [&](const Node& name) {
    if (!name.is_scalar() || !data::valid_name(name.text())) {
      fail(name.position(), Code::wrong_type,
           "a device is " + describe(name) + ", expected a device's name");
    } else if (!seen.insert(name.text()).second) {
      fail(name.position(), Code::conflict, "device '" + name.text() + "' is named twice");
    } else {
      names.push_back(name.text());
    }
  };
  if (!node.is_sequence()) add(node);
  if (node.is_sequence() && node.items().empty()) {
    fail(node.position(), Code::missing, "no device is named, expected at least one");
  }
  if (node.items().size() > kNamesMax) {
    fail(node.position(), Code::limit,
         std::to_string(node.items().size()) + " devices are named, expected at most " +
             std::to_string(kNamesMax));
    return names;
  }
  for (const Node& item : node.items()) add(item);
  return names;
}

void DeploymentReader::read_fills(const Node* map, Fill::Kind kind, Deployment& deployment) {
  if (map == nullptr) return;
  if (!map->is_mapping()) {
    fail(map->position(), Code::wrong_type,
         std::string(kind == Fill::Kind::model ? "'models'" : "'values'") + " is " +
             describe(*map) + ", expected a map from slots to what fills them");
  }
  if (map->members().size() > kFillsMax) {
    return fail(map->position(), Code::limit,
                std::to_string(map->members().size()) + " slots are filled, expected at most " +
                    std::to_string(kFillsMax));
  }
  for (const YamlMember& member : map->members()) read_fill(member, kind, deployment);
}

void DeploymentReader::read_fill(const YamlMember& member, Fill::Kind kind,
                                 Deployment& deployment) {
  Fill fill{.slot = member.key, .kind = kind, .position = member.value.position()};
  const bool twice = std::ranges::any_of(
      deployment.fills, [&](const Fill& other) { return other.slot == fill.slot; });
  if (twice) {
    return fail(member.position, Code::conflict,
                "slot '" + fill.slot + "' is filled twice, under 'models' and 'values'");
  }
  if (kind == Fill::Kind::model) {
    if (!member.value.is_scalar() || member.value.text().empty()) {
      return fail(member.value.position(), Code::wrong_type,
                  "model '" + fill.slot + "' is " + describe(member.value) +
                      ", expected the model's folder");
    }
    fill.written = member.value.text();
    fill.value = beside(file_, fill.written);
  } else {
    auto value = data::to_value(member.value);
    if (!value) {
      return fail(member.value.position(), value.error().code,
                  "value '" + fill.slot + "' is an integer beyond 64 bits");
    }
    fill.value = *std::move(value);
  }
  deployment.fills.push_back(std::move(fill));
}

// Adds a document unless its kind has one of the name.
template <class T>
void add_document(std::optional<T> document, std::string_view kind, std::vector<T>& documents,
                  Diagnostics& diagnostics) {
  if (!document) return;
  if (const T* first = named(documents, document->name)) {
    diagnostics.add(document->file, document->position, Code::conflict,
                    std::string(kind) + " '" + document->name + "' is given twice, first in " +
                        data::place(first->file, first->position));
    return;
  }
  documents.push_back(*std::move(document));
}

std::vector<const device::Device*> select(const Documents& documents, const Selector& selector) {
  std::vector<const device::Device*> selected;
  if (!selector.product.empty()) {
    for (const device::Device& device : documents.devices) {
      if (device.is_a(selector.product)) selected.push_back(&device);
    }
  }
  for (const std::string& name : selector.devices) {
    if (const device::Device* device = documents.device(name)) selected.push_back(device);
  }
  return selected;
}

}  // namespace

const Argument* Step::argument(std::string_view name) const {
  const auto found = std::ranges::find(arguments, name, &Argument::name);
  return found == arguments.end() ? nullptr : &*found;
}

const device::Product* Documents::product(std::string_view name) const {
  return named(products, name);
}
const device::Device* Documents::device(std::string_view name) const {
  return named(devices, name);
}
const Pipeline* Documents::pipeline(std::string_view name) const {
  return named(pipelines, name);
}
const ModelVersion* Documents::model(std::string_view name) const {
  return named(models, name);
}

base::Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return base::fail(Code::io, "is a folder, expected a file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return base::fail(Code::io, std::string("cannot be opened: ") + base::errno_text(errno));
  }
  std::string text(data::kYamlBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail(Code::io, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string beside(std::string_view file, std::string_view folder) {
  const auto path = (std::filesystem::path(file).parent_path() / folder).lexically_normal();
  return (path.has_filename() || !path.has_relative_path() ? path : path.parent_path()).string();
}

void read_document(const Node& node, std::string_view file, Documents& documents,
                   Diagnostics& diagnostics) {
  constexpr std::array<std::string_view, 5> kKinds = {"Product", "Device", "Pipeline", "Deployment",
                                                      "Model"};
  if (!node.is_mapping()) {
    diagnostics.add(file, node.position(), Code::wrong_type,
                    "a document is " + describe(node) + ", expected a map with a key 'kind'");
    return;
  }
  const Node* kind = node.find("kind");
  if (kind == nullptr) {
    diagnostics.add(file, node.position(), Code::missing,
                    "a document has no 'kind', expected " + data::alternatives(kKinds));
  } else if (kind->text() == kKinds[0]) {
    add_document(device::parse_product(node, file, diagnostics), kKinds[0], documents.products,
                 diagnostics);
  } else if (kind->text() == kKinds[1]) {
    add_document(device::parse_device(node, file, diagnostics), kKinds[1], documents.devices,
                 diagnostics);
  } else if (kind->text() == kKinds[2]) {
    add_document(parse_pipeline(node, file, diagnostics), kKinds[2], documents.pipelines,
                 diagnostics);
  } else if (kind->text() == kKinds[3]) {
    add_document(DeploymentReader(file, diagnostics).read(node), kKinds[3], documents.deployments,
                 diagnostics);
  } else if (kind->text() == kKinds[4]) {
    add_document(parse_model_version(node, file, diagnostics), kKinds[4], documents.models,
                 diagnostics);
  } else {
    diagnostics.add(file, kind->position(), Code::unknown_name,
                    "the kind is " + describe(*kind) + data::suggestion(kind->text(), kKinds) +
                        ", expected " + data::alternatives(kKinds));
  }
}

void read_documents(std::string_view text, std::string_view file, Documents& documents,
                    Diagnostics& diagnostics) {
  for (const Node& node : data::parse_yaml(text, file, diagnostics)) {
    if (node.type_name() != "null") read_document(node, file, documents, diagnostics);
  }
}

Documents load(std::span<const std::string> files, Diagnostics& diagnostics) {
  Documents documents;
  if (files.size() > kFilesMax) {
    diagnostics.add(
        "", {}, Code::limit,
        std::to_string(files.size()) + " files, expected at most " + std::to_string(kFilesMax));
    return documents;
  }
  for (const std::string& file : files) {
    if (const auto text = read_file(file)) {
      read_documents(*text, file, documents, diagnostics);
    } else {
      diagnostics.add(file, {}, text.error().code, text.error().message);
    }
  }
  return documents;
}

std::vector<const device::Device*> selected_devices(const Documents& documents,
                                                    const Deployment& deployment,
                                                    std::string_view input_step) {
  auto selector = deployment.devices.find(std::string(input_step));
  if (selector == deployment.devices.end()) selector = deployment.devices.find("");
  if (selector == deployment.devices.end()) return {};
  return select(documents, selector->second);
}

std::vector<const device::Device*> selected_devices(const Documents& documents,
                                                    const Deployment& deployment) {
  std::vector<const device::Device*> all;
  std::set<const device::Device*> seen;
  for (const auto& [input, selector] : deployment.devices) {
    for (const device::Device* device : select(documents, selector)) {
      if (seen.insert(device).second) all.push_back(device);
    }
  }
  return all;
}

}  // namespace weir::contract
