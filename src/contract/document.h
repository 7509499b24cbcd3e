// Documents: what people write in YAML files, read: products, devices, pipelines, deployments,
// models.
//
// Reading knows no operators: whether names, types and the graph are right is asked of check.h.
// Values; immutable after reading, thread-safe.
//
// A pipeline's steps are a list, and a list is a chain: a step reads the first output port of the
// step before it. A step is an operator's name, or a map with that one key, whose value are the
// parameters, and beside it
//   id:    the step's name; else the operator's, with -2, -3 … for further ones
//   from:  what it reads: `a` or `a.port` (a step's first or named output port), a list of those
//   (one an input port, in order), or
//          a map {input port: a.port}.
// A parameter's value may be `$slot`, filled by the deployment, or `device.attribute`; `$$` at the
// beginning stands for `$`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/model_version.h"
#include "data/diagnostic.h"
#include "data/value.h"
#include "data/yaml.h"
#include "device/device.h"
#include "device/product.h"

namespace weir::contract {

constexpr std::size_t kStepsMax = 1000;    // of a pipeline
constexpr std::size_t kFilesMax = 1000;    // read at once
constexpr std::size_t kFillsMax = 1000;    // slots of a deployment
constexpr std::size_t kNamesMax = 10'000;  // devices that a deployment names

// A parameter as written.
struct Argument {
  enum class Kind : std::uint8_t { literal, slot, attribute };
  std::string name = {};
  data::Position name_position = {};
  Kind kind = Kind::literal;
  data::Node value = {};
  std::string reference = {};  // the slot or the attribute
};

// What feeds an input port of a step.
struct Feed {
  std::string step = {};
  std::string output = {};  // "" the first
  std::string input = {};   // "" by order
  data::Position position = {};
};

struct Step {
  std::string id = {};
  std::string operator_name = {};
  data::Position position = {};  // of the operator's name
  std::string file = {};
  std::vector<Argument> arguments = {};        // in the order written
  std::optional<std::vector<Feed>> from = {};  // nullopt: the step before

  const Argument* argument(std::string_view name) const;  // null where not given
};

struct Pipeline {
  std::string name = {};
  std::string version = {};  // "" where none is given
  std::string description = {};
  std::string file = {};
  data::Position position = {};
  std::vector<Step> steps = {};
};

// Which devices: all of a product, or those named.
struct Selector {
  std::string product = {};
  std::vector<std::string> devices = {};
  data::Position position = {};
};

// What fills one slot. `either` is for fills that did not come from a document (`--set`).
struct Fill {
  enum class Kind : std::uint8_t { either, model, value };
  std::string slot = {};
  Kind kind = Kind::either;
  data::Value value = {};    // a model's is its folder, relative to the working directory
  std::string written = {};  // of a model: as the document has it, a folder or a reference
  data::Position position = {};
};

struct Deployment {
  std::string name = {};
  std::string description = {};
  std::string file = {};
  data::Position position = {};
  std::string pipeline = {};
  data::Position pipeline_position = {};
  std::map<std::string, Selector> devices = {};  // by the id of an input; "" for all inputs
  std::vector<Fill> fills = {};
};

struct Documents {
  std::vector<device::Product> products = {};
  std::vector<device::Device> devices = {};
  std::vector<Pipeline> pipelines = {};
  std::vector<Deployment> deployments = {};
  std::vector<ModelVersion> models = {};

  const device::Product* product(std::string_view name) const;
  const device::Device* device(std::string_view name) const;
  const Pipeline* pipeline(std::string_view name) const;
  const ModelVersion* model(std::string_view name) const;
};

// Reads files, each of any number of documents. Mistakes are added; what could be read is returned.
Documents load(std::span<const std::string> files, data::Diagnostics& diagnostics);

// Reads one text and adds its documents. `file` stands in messages, and model folders are relative
// to its folder.
void read_documents(std::string_view text, std::string_view file, Documents& documents,
                    data::Diagnostics& diagnostics);
// The same for one document that has been parsed.
void read_document(const data::Node& node, std::string_view file, Documents& documents,
                   data::Diagnostics& diagnostics);

// The bytes of a file; of one that is larger than documents may be, one byte more than they may
// have. The error's message does not name the file.
base::Result<std::string> read_file(const std::string& path);

// A folder as a file names it: relative to the file's own folder.
std::string beside(std::string_view file, std::string_view folder);

// The devices that a deployment gives to one of its inputs, in the order of the documents (or as
// named). Empty where it selects none.
std::vector<const device::Device*> selected_devices(const Documents& documents,
                                                    const Deployment& deployment,
                                                    std::string_view input_step);
// All of them, each once.
std::vector<const device::Device*> selected_devices(const Documents& documents,
                                                    const Deployment& deployment);

}  // namespace weir::contract
