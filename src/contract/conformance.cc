// Contracts against themselves.
#include "contract/conformance.h"

#include <set>
#include <span>
#include <string_view>

#include "contract/document.h"
#include "contract/param.h"
#include "contract/resolve.h"
#include "contract/rule.h"
#include "data/type.h"

namespace weir::contract {
namespace {

// The example as the only step of a pipeline.
std::string pipeline_of(std::string_view example) {
  std::string text = "kind: Pipeline\nname: example\nsteps:\n- ";
  for (const char c : example) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text + "\n";
}

void check_example(const Contract& contract, std::vector<std::string>& mistakes) {
  Documents documents;
  data::Diagnostics diagnostics;
  read_documents(pipeline_of(contract.example), "example", documents, diagnostics);
  for (const Pipeline& pipeline : documents.pipelines) {
    for (const Step& step : pipeline.steps) {
      if (step.operator_name == contract.name) {
        resolve(contract, step, {}, diagnostics);
      } else {
        mistakes.push_back("the example is a step of '" + step.operator_name + "'");
      }
    }
  }
  if (!diagnostics.empty()) mistakes.push_back(diagnostics.text());
}

// An empty text or list stands for what is not given.
bool nothing(const data::Value& value) {
  const auto* text = value.get<std::string>();
  const auto* list = value.get<data::List>();
  return (text != nullptr && text->empty()) || (list != nullptr && list->empty());
}

void check_defaults(const Contract& contract, std::vector<std::string>& mistakes) {
  for (const Param& param : contract.params) {
    const data::Value value = default_value(param);
    if (param.required || nothing(value)) continue;
    if (const auto read = read_param(param, value); !read) {
      mistakes.push_back("the default of '" + std::string(param.name) +
                         "': " + read.error().message);
    }
  }
}

void check_rules(const Contract& contract, std::vector<std::string>& mistakes) {
  const std::vector<data::Value> unknown(contract.params.size());
  if (const auto broken = broken_rules(contract, unknown); !broken) {
    mistakes.push_back("a rule: " + broken.error().message);
  }
}

// "", "same:in", "same:in + name:type, …" or "name:type, …".
bool columns_readable(std::string_view schema, const Contract& contract) {
  constexpr std::string_view kSame = "same:";
  constexpr std::string_view kMore = " + ";
  if (schema.empty()) return true;
  if (schema.starts_with(kSame)) {
    const std::size_t end = schema.find(kMore);
    const std::string_view port = schema.substr(kSame.size(), end - kSame.size());
    bool known = false;
    for (const Port& input : contract.inputs) known = known || input.name == port;
    if (!known || end == std::string_view::npos) return known;
    schema.remove_prefix(end + kMore.size());
  }
  return data::parse_type("struct<" + std::string(schema) + ">").has_value();
}

template <class T>
void check_names(std::span<const T> items, std::string_view what,
                 std::vector<std::string>& mistakes) {
  std::set<std::string_view> seen;
  for (const T& item : items) {
    if (seen.insert(item.name).second) continue;
    mistakes.push_back(std::string(what) + " '" + std::string(item.name) + "' is given twice");
  }
}

}  // namespace

std::vector<std::string> contract_mistakes(const Contract& contract) {
  std::vector<std::string> mistakes;
  check_names(contract.params, "parameter", mistakes);
  check_names(contract.inputs, "input port", mistakes);
  check_names(contract.outputs, "output port", mistakes);
  if (!mistakes.empty()) return mistakes;
  check_defaults(contract, mistakes);
  check_rules(contract, mistakes);
  for (const Port& port : contract.outputs) {
    if (columns_readable(port.schema, contract)) continue;
    mistakes.push_back("the columns of port '" + std::string(port.name) + "' cannot be read");
  }
  check_example(contract, mistakes);
  return mistakes;
}

}  // namespace weir::contract
