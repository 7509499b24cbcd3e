// Pipelines, from YAML.
#include "contract/pipeline.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;
using data::Node;
using data::YamlMap;
using data::YamlMember;

namespace {

class PipelineReader {
 public:
  PipelineReader(std::string_view file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  std::vector<Step> read_steps(const Node& list);

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(file_, position, code, std::move(message));
  }

  std::optional<Step> read_step(const Node& node);
  std::vector<Argument> read_arguments(const Node& params, const std::string& operator_name);
  Argument read_argument(const YamlMember& member);
  void refuse_slots_within(const Node& node);
  std::optional<std::vector<Feed>> read_from(const Node* from);
  std::optional<Feed> read_feed(const Node& node, std::string input);

  std::string_view file_;
  Diagnostics& diagnostics_;
};

void name_steps(std::vector<Step>& steps) {
  std::set<std::string> taken;
  for (const Step& step : steps) taken.insert(step.id);
  for (Step& step : steps) {
    if (!step.id.empty()) continue;
    step.id = step.operator_name;
    for (int n = 2; !taken.insert(step.id).second; ++n) {
      step.id = step.operator_name + "-" + std::to_string(n);
    }
  }
}

std::vector<Step> PipelineReader::read_steps(const Node& list) {
  std::vector<Step> steps;
  if (!list.is_sequence()) {
    fail(list.position(), Code::wrong_type,
         "'steps' is " + describe(list) + ", expected a list of steps");
  } else if (list.items().empty()) {
    fail(list.position(), Code::missing, "'steps' is empty, expected at least one step");
  } else if (list.items().size() > kStepsMax) {
    fail(list.position(), Code::limit,
         std::to_string(list.items().size()) + " steps, expected at most " +
             std::to_string(kStepsMax));
    return steps;
  }
  for (const Node& item : list.items()) {
    if (auto step = read_step(item)) steps.push_back(*std::move(step));
  }
  name_steps(steps);
  return steps;
}

std::optional<Step> PipelineReader::read_step(const Node& node) {
  Step step{.position = node.position(), .file = std::string(file_)};
  if (node.is_scalar()) {
    step.operator_name = node.text();
    return step;
  }
  if (!node.is_mapping()) {
    fail(node.position(), Code::wrong_type,
         "a step is " + describe(node) +
             ", expected an operator's name, or a map from it to its parameters");
    return std::nullopt;
  }
  const YamlMember* op = nullptr;
  for (const YamlMember& member : node.members()) {
    if (member.key == "id" || member.key == "from") continue;
    if (op != nullptr) {
      fail(member.position, Code::conflict,
           "a step has two operators, '" + op->key + "' and '" + member.key +
               "', expected one beside 'id' and 'from'; parameters stand within their operator");
      return std::nullopt;
    }
    op = &member;
  }
  if (op == nullptr) {
    fail(node.position(), Code::missing,
         "a step has no operator, expected one beside 'id' and 'from'");
    return std::nullopt;
  }
  YamlMap map(node, "a step", file_, diagnostics_);
  step.id = map.take("id") == nullptr ? "" : map.required_name("id").value_or("");
  step.from = read_from(map.take("from"));
  step.operator_name = op->key;
  step.position = op->position;
  step.arguments = read_arguments(op->value, op->key);
  return step;
}

std::vector<Argument> PipelineReader::read_arguments(const Node& params,
                                                     const std::string& operator_name) {
  std::vector<Argument> arguments;
  if (params.type_name() == "null") return arguments;
  if (!params.is_mapping()) {
    fail(params.position(), Code::wrong_type,
         "parameters of '" + operator_name + "' are " + describe(params) +
             ", expected a map from parameters to values");
  }
  for (const YamlMember& member : params.members()) arguments.push_back(read_argument(member));
  return arguments;
}

Argument PipelineReader::read_argument(const YamlMember& member) {
  Argument argument{.name = member.key, .name_position = member.position, .value = member.value};
  if (!member.value.is_scalar()) {
    refuse_slots_within(member.value);
    return argument;
  }
  constexpr std::string_view kDevice = "device.";
  const std::string_view text = member.value.text();
  if (text.starts_with('$') && !text.starts_with("$$")) {
    argument.kind = Argument::Kind::slot;
    argument.reference = text.substr(1);
    if (!data::valid_identifier(argument.reference)) {
      fail(member.value.position(), Code::invalid,
           "'" + member.value.text() + "' is no slot, expected $ and a name (" +
               std::string(data::kIdentifierExpected) + "), or $$ for a text that begins with $");
    }
  } else if (text.starts_with(kDevice) && data::valid_identifier(text.substr(kDevice.size()))) {
    argument.kind = Argument::Kind::attribute;
    argument.reference = text.substr(kDevice.size());
  }
  return argument;
}

void PipelineReader::refuse_slots_within(const Node& node) {
  if (node.is_scalar() && node.text().starts_with('$') && !node.text().starts_with("$$")) {
    fail(node.position(), Code::invalid,
         "a slot within a list or map, expected '" + node.text() + "' to be the whole value");
  }
  for (const Node& item : node.items()) refuse_slots_within(item);
  for (const YamlMember& member : node.members()) refuse_slots_within(member.value);
}

std::optional<std::vector<Feed>> PipelineReader::read_from(const Node* from) {
  if (from == nullptr) return std::nullopt;
  std::vector<Feed> feeds;
  const auto add = [&](const Node& node, std::string input) {
    if (auto feed = read_feed(node, std::move(input))) feeds.push_back(*std::move(feed));
  };
  if (from->is_scalar()) add(*from, "");
  for (const Node& item : from->items()) add(item, "");
  for (const YamlMember& member : from->members()) add(member.value, member.key);
  return feeds;
}

std::optional<Feed> PipelineReader::read_feed(const Node& node, std::string input) {
  const std::string& text = node.text();
  const std::size_t dot = text.find('.');
  Feed feed{.step = text.substr(0, dot), .input = std::move(input), .position = node.position()};
  if (dot != std::string::npos) feed.output = text.substr(dot + 1);
  const bool port_ok = dot == std::string::npos || data::valid_identifier(feed.output);
  if (node.is_scalar() && data::valid_name(feed.step) && port_ok) return feed;
  fail(node.position(), Code::invalid,
       "'from' is " + describe(node) + ", expected a step's id, or id.port");
  return std::nullopt;
}

}  // namespace

std::optional<Pipeline> parse_pipeline(const Node& document, std::string_view file,
                                       Diagnostics& diagnostics) {
  YamlMap map(document, "a Pipeline", file, diagnostics);
  map.know("kind");
  const auto name = map.required_name("name");
  Pipeline pipeline{.name = name.value_or(""),
                    .version = map.text("version").value_or(""),
                    .description = map.text("description").value_or(""),
                    .file = std::string(file),
                    .position = document.position()};
  if (const Node* steps = map.require("steps")) {
    pipeline.steps = PipelineReader(file, diagnostics).read_steps(*steps);
  }
  map.finish();
  if (!name) return std::nullopt;
  return pipeline;
}

}  // namespace weir::contract
