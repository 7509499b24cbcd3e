// Checks of documents.
#include "contract/check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "contract/bind.h"
#include "contract/graph.h"
#include "contract/resolve.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;

namespace {

template <class T>
std::string nearest_document(std::string_view name, const std::vector<T>& documents) {
  std::vector<std::string_view> names;
  for (const T& document : documents) names.push_back(document.name);
  return data::suggestion(name, names);
}

// An int64 serves where a float64 is asked for.
bool fits(const device::ValueType& given, const device::ValueType& wanted) {
  if (given == wanted) return true;
  using data::Kind;
  return given.form == wanted.form && given.type == data::Type(Kind::int64) &&
         wanted.type == data::Type(Kind::float64);
}

// Whether there is the pipeline.
bool check_pipeline_name(const Deployment& deployment, const Documents& documents,
                         Diagnostics& diagnostics) {
  if (documents.pipeline(deployment.pipeline) != nullptr) return true;
  diagnostics.add(deployment.file, deployment.pipeline_position, Code::unknown_name,
                  "unknown pipeline '" + deployment.pipeline + "'" +
                      nearest_document(deployment.pipeline, documents.pipelines) +
                      ", expected a document of kind Pipeline with that name");
  return false;
}

void check_selector(const Selector& selector, const Deployment& deployment,
                    const Documents& documents, Diagnostics& diagnostics) {
  const auto refuse = [&](std::string message) {
    diagnostics.add(deployment.file, selector.position, Code::unknown_name, std::move(message));
  };
  if (!selector.product.empty() && documents.product(selector.product) == nullptr) {
    refuse("unknown product '" + selector.product + "'" +
           nearest_document(selector.product, documents.products) +
           ", expected a document of kind Product with that name");
  }
  for (const std::string& name : selector.devices) {
    if (documents.device(name) != nullptr) continue;
    refuse("unknown device '" + name + "'" + nearest_document(name, documents.devices) +
           ", expected a document of kind Device with that name");
  }
}

class DeploymentCheck {
 public:
  DeploymentCheck(const Deployment& deployment, const Pipeline& pipeline, const Graph& graph,
                  const Documents& documents, Diagnostics& diagnostics, Passed& passed)
      : deployment_(deployment),
        pipeline_(pipeline),
        graph_(graph),
        documents_(documents),
        diagnostics_(diagnostics),
        passed_(passed) {}

  void run() {
    check_slots();
    check_selectors();
    check_inputs();
    check_attributes();
    if (diagnostics_.size() == before_) check_rules();
  }

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(deployment_.file, position, code, std::move(message));
  }

  void check_slots();
  void check_slot(const Step& step, const Param& param, const Argument& argument);
  void refuse_unused(const std::set<std::string_view>& used);
  void check_selectors();
  void check_selected(const std::string& input, const Selector& selector);
  void check_inputs();
  void check_attributes();
  bool check_declared(const Step& step, const Param& param, const Argument& argument,
                      const std::vector<const device::Device*>& devices);
  void check_value(const Step& step, const Param& param, const Argument& argument,
                   const device::Device& device);
  void check_rules();
  std::vector<const device::Device*> devices_of(std::size_t step) const;
  template <class Visit>
  void each_argument(Argument::Kind kind, Visit visit) const;

  const Deployment& deployment_;
  const Pipeline& pipeline_;
  const Graph& graph_;
  const Documents& documents_;
  Diagnostics& diagnostics_;
  Passed& passed_;
  std::size_t before_ = diagnostics_.size();
};

// visit(step's index, step, parameter, argument) for all references of a kind.
template <class Visit>
void DeploymentCheck::each_argument(Argument::Kind kind, Visit visit) const {
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    const Step& step = pipeline_.steps[i];
    for (const Argument& argument : step.arguments) {
      const Param* param = find_param(*graph_.contracts[i], argument.name);
      if (param != nullptr && kind_of(*param, argument) == kind) visit(i, step, *param, argument);
    }
  }
}

void DeploymentCheck::check_slots() {
  std::set<std::string_view> used;
  each_argument(Argument::Kind::slot,
                [&](std::size_t, const Step& step, const Param& param, const Argument& argument) {
                  used.insert(argument.reference);
                  check_slot(step, param, argument);
                });
  refuse_unused(used);
}

void DeploymentCheck::check_slot(const Step& step, const Param& param, const Argument& argument) {
  const auto fill = std::ranges::find(deployment_.fills, argument.reference, &Fill::slot);
  const bool model = param.type == Type::model;
  const std::string under = model ? "'models'" : "'values'";
  if (fill == deployment_.fills.end()) {
    return fail(deployment_.pipeline_position, Code::missing,
                "deployment '" + deployment_.name + "' does not fill slot '" + argument.reference +
                    "' of '" + step.id + "' (" + data::place(step.file, argument.value.position()) +
                    "), expected it under " + under);
  }
  if (fill->kind != Fill::Kind::either && (fill->kind == Fill::Kind::model) != model) {
    return fail(fill->position, Code::wrong_type,
                "slot '" + fill->slot + "' is " + data::with_article(name(param.type)) + " ('" +
                    std::string(param.name) + "' of '" + step.id + "'), expected it under " +
                    under);
  }
  if (const auto value = read_param(param, fill->value); !value) {
    fail(fill->position, value.error().code,
         "slot '" + fill->slot + "' ('" + std::string(param.name) + "' of '" + step.id +
             "'): " + value.error().message);
  }
}

void DeploymentCheck::refuse_unused(const std::set<std::string_view>& used) {
  const std::vector<std::string_view> known(used.begin(), used.end());
  for (const Fill& fill : deployment_.fills) {
    if (used.contains(fill.slot)) continue;
    fail(fill.position, Code::unknown_name,
         "pipeline '" + pipeline_.name + "' has no slot '" + fill.slot + "'" +
             data::suggestion(fill.slot, known) + ", expected " +
             (known.empty() ? "none" : data::alternatives(known)));
  }
}

void DeploymentCheck::check_selectors() {
  for (const auto& [input, selector] : deployment_.devices) {
    if (!input.empty()) check_selected(input, selector);
    check_selector(selector, deployment_, documents_, diagnostics_);
  }
}

void DeploymentCheck::check_selected(const std::string& input, const Selector& selector) {
  std::vector<std::string_view> inputs;
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    if (graph_.contracts[i]->inputs.empty()) inputs.push_back(pipeline_.steps[i].id);
  }
  if (std::ranges::find(inputs, input) != inputs.end()) return;
  fail(selector.position, Code::unknown_name,
       "pipeline '" + pipeline_.name + "' has no input '" + input + "'" +
           data::suggestion(input, inputs) + ", expected " + data::alternatives(inputs));
}

void DeploymentCheck::check_inputs() {
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    if (graph_.contracts[i]->group != Group::input) continue;
    check_input(pipeline_.steps[i], deployment_, documents_, diagnostics_);
  }
}

// Those of the inputs that lead to a step.
std::vector<const device::Device*> DeploymentCheck::devices_of(std::size_t step) const {
  std::set<std::size_t> upstream = {step};
  for (auto at = graph_.order.rbegin(); at != graph_.order.rend(); ++at) {
    const bool leads = std::ranges::any_of(graph_.edges, [&](const Edge& edge) {
      return edge.from == *at && upstream.contains(edge.to);
    });
    if (leads) upstream.insert(*at);
  }
  std::vector<const device::Device*> devices;
  std::set<const device::Device*> seen;
  for (const std::size_t at : upstream) {
    if (!graph_.contracts[at]->inputs.empty()) continue;
    for (const device::Device* device :
         selected_devices(documents_, deployment_, pipeline_.steps[at].id)) {
      if (seen.insert(device).second) devices.push_back(device);
    }
  }
  return devices;
}

void DeploymentCheck::check_attributes() {
  each_argument(Argument::Kind::attribute, [&](std::size_t i, const Step& step, const Param& param,
                                               const Argument& argument) {
    const auto devices = devices_of(i);
    if (devices.empty() && deployment_.devices.empty()) {
      fail(deployment_.position, Code::missing,
           "deployment '" + deployment_.name + "' selects no devices, expected some that give '" +
               argument.value.text() + "' to step '" + step.id + "' (" +
               data::place(step.file, argument.value.position()) + ")");
    }
    if (!check_declared(step, param, argument, devices)) return;
    for (const device::Device* device : devices) {
      const Passed::Key key(&param, &argument, device);
      if (passed_.has(key)) continue;
      const std::size_t before = diagnostics_.size();
      check_value(step, param, argument, *device);
      if (diagnostics_.size() == before) passed_.add(key);
    }
  });
}

// Whether the products of all devices have the attribute, with a type that fits; a product unknown
// or not named is not asked.
bool DeploymentCheck::check_declared(const Step& step, const Param& param, const Argument& argument,
                                     const std::vector<const device::Device*>& devices) {
  const auto refuse = [&](Code code, std::string message) {
    diagnostics_.add(step.file, argument.value.position(), code, std::move(message));
    return false;
  };
  for (const device::Device* device : devices) {
    std::vector<std::string_view> known;
    bool complete = !device->products.empty();
    const device::Attribute* attribute = nullptr;
    for (const std::string& name : device->products) {
      const device::Product* product = documents_.product(name);
      complete = complete && product != nullptr;
      if (product == nullptr) continue;
      for (const device::Attribute& each : product->attributes) known.push_back(each.name);
      if (attribute == nullptr) attribute = product->attribute(argument.reference);
    }
    if (attribute == nullptr && !complete) continue;
    if (attribute == nullptr) {
      return refuse(Code::unknown_name, "the products of device '" + device->name +
                                            "' have no attribute '" + argument.reference + "'" +
                                            data::suggestion(argument.reference, known));
    }
    if (fits(attribute->type, value_type(param.type))) continue;
    return refuse(Code::wrong_type,
                  "attribute '" + argument.reference + "' of device '" + device->name + "' is " +
                      data::with_article(attribute->type.name()) + ", expected " +
                      data::with_article(value_type(param.type).name()) + " for '" +
                      std::string(param.name) + "' of step '" + step.id + "'");
  }
  return true;
}

void DeploymentCheck::check_value(const Step& step, const Param& param, const Argument& argument,
                                  const device::Device& device) {
  const std::string whose = "'" + std::string(param.name) + "' of step '" + step.id + "' (" +
                            data::place(step.file, argument.value.position()) + ")";
  const device::Setting* setting = device::find(device.attributes, argument.reference);
  if (setting == nullptr) {
    diagnostics_.add(device.file, device.position, Code::missing,
                     "device '" + device.name + "' gives no attribute '" + argument.reference +
                         "', expected " + data::with_article(name(param.type)) + " for " + whose);
    return;
  }
  const auto written = data::to_value(setting->value);
  const bool declared = !device.products.empty();
  if (declared && (!written || !device::read_value(value_type(param.type), *written))) {
    return;  // check_device tells it
  }
  const auto value = read_param(param, written ? *written : data::Value());
  if (value) return;
  diagnostics_.add(device.file, setting->value.position(), value.error().code,
                   "attribute '" + setting->name + "' of device '" + device.name + "' for " +
                       whose + ": " + value.error().message);
}

// With everything filled, rules can be asked that were open before.
void DeploymentCheck::check_rules() {
  const Slots slots = slots_of(deployment_);
  for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
    const Step& step = pipeline_.steps[i];
    const Contract& contract = *graph_.contracts[i];
    if (contract.rules.empty()) continue;
    if (!per_device(contract, step)) {
      resolve(contract, step, {.slots = &slots}, diagnostics_);
      continue;
    }
    for (const device::Device* device : devices_of(i)) {
      resolve(contract, step, {.slots = &slots, .device = device}, diagnostics_);
    }
  }
}

}  // namespace

void check_pipeline(const Pipeline& pipeline, const Catalogue& catalogue,
                    Diagnostics& diagnostics) {
  connect(pipeline, catalogue, diagnostics);
  for (const Step& step : pipeline.steps) {
    const Contract* contract = catalogue.find(step.operator_name);
    if (contract != nullptr) resolve(*contract, step, {}, diagnostics);
  }
}

void check_deployment(const Deployment& deployment, const Documents& documents,
                      const Catalogue& catalogue, Diagnostics& diagnostics) {
  Passed passed;
  check_deployment(deployment, documents, catalogue, diagnostics, passed);
}

void check_deployment(const Deployment& deployment, const Documents& documents,
                      const Catalogue& catalogue, Diagnostics& diagnostics, Passed& passed) {
  if (!check_pipeline_name(deployment, documents, diagnostics)) return;
  const Pipeline* pipeline = documents.pipeline(deployment.pipeline);
  Diagnostics known;  // check_pipeline tells them
  const auto graph = connect(*pipeline, catalogue, known);
  if (graph) DeploymentCheck(deployment, *pipeline, *graph, documents, diagnostics, passed).run();
}

void check_references(const Deployment& deployment, const Documents& documents,
                      Diagnostics& diagnostics) {
  check_pipeline_name(deployment, documents, diagnostics);
  for (const auto& [input, selector] : deployment.devices) {
    check_selector(selector, deployment, documents, diagnostics);
  }
}

void check(const Documents& documents, const Catalogue& catalogue, Diagnostics& diagnostics) {
  const auto enough = [&] { return diagnostics.size() >= kMistakesMax; };
  for (const device::Device& device : documents.devices) {
    if (enough()) return;
    check_device(device, documents, diagnostics);
  }
  std::set<std::string_view> broken;
  for (const Pipeline& pipeline : documents.pipelines) {
    if (enough()) return;
    const std::size_t before = diagnostics.size();
    check_pipeline(pipeline, catalogue, diagnostics);
    if (diagnostics.size() > before) broken.insert(pipeline.name);
  }
  Passed passed;
  for (const Deployment& deployment : documents.deployments) {
    if (enough()) return;
    if (deployment.pipeline.empty() || broken.contains(deployment.pipeline)) continue;
    check_deployment(deployment, documents, catalogue, diagnostics, passed);
  }
}

}  // namespace weir::contract
