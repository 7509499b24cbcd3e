// The planner.
#include "flow/planner.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "contract/bind.h"
#include "contract/catalogue.h"
#include "contract/graph.h"
#include "flow/file_use.h"

namespace weir::flow {
namespace {

class Planner {
 public:
  Planner(const contract::Deployment& deployment, const contract::Documents& documents,
          std::span<const OperatorType* const> operators, Services& services,
          data::Diagnostics& diagnostics)
      : deployment_(deployment),
        documents_(documents),
        operators_(operators),
        services_(services),
        diagnostics_(diagnostics),
        slots_(contract::slots_of(deployment)) {}

  std::shared_ptr<const Plan> make();

 private:
  bool prepare(std::size_t place);
  std::optional<RawParams> bind(const OperatorType& type, const contract::Step& step);
  void blame(const contract::Step& step, const std::string& param, const base::Error& error);
  std::vector<data::Device> device_numbers(const std::vector<const device::Device*>& devices);

  const contract::Deployment& deployment_;
  const contract::Documents& documents_;
  std::span<const OperatorType* const> operators_;
  Services& services_;
  data::Diagnostics& diagnostics_;
  const contract::Slots slots_;
  const contract::Pipeline* pipeline_ = nullptr;
  contract::Graph graph_;
  std::vector<std::size_t> places_;  // of a step of the pipeline in the plan
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
};

std::vector<data::Device> Planner::device_numbers(
    const std::vector<const device::Device*>& devices) {
  std::vector<data::Device> out;
  for (const device::Device* device : devices) out.push_back(services_.devices.id(device->name));
  return out;
}

void Planner::blame(const contract::Step& step, const std::string& param,
                    const base::Error& error) {
  const contract::Argument* argument = step.argument(param);
  const data::Position position = argument == nullptr ? step.position : argument->value.position();
  diagnostics_.add(step.file, position, error.code, step.operator_name + ": " + error.message);
}

std::optional<RawParams> Planner::bind(const OperatorType& type, const contract::Step& step) {
  const auto bound = [&](const device::Device* device) -> std::shared_ptr<const void> {
    std::shared_ptr<void> params = type.new_params();
    if (contract::bind_params(*type.contract, step, slots_, device, params.get(), diagnostics_))
      return params;
    return nullptr;
  };
  RawParams raw;
  raw.shared = bound(nullptr);
  if (raw.shared == nullptr) return std::nullopt;
  if (!contract::per_device(*type.contract, step)) return raw;
  for (const device::Device* device : contract::selected_devices(documents_, deployment_)) {
    auto params = bound(device);
    if (params == nullptr) return std::nullopt;
    raw.by_device.emplace(services_.devices.id(device->name), std::move(params));
  }
  return raw;
}

// Prepares the step at `place` of the plan's order. Those it reads are prepared.
bool Planner::prepare(std::size_t place) {
  const std::size_t index = graph_.order[place];
  const contract::Step& step = pipeline_->steps[index];
  const auto type = std::ranges::find(operators_, graph_.contracts[index], &OperatorType::contract);
  CHECK(type != operators_.end());
  const auto params = bind(**type, step);
  if (!params) return false;
  const auto devices = (*type)->contract->inputs.empty()
                           ? contract::selected_devices(documents_, deployment_, step.id)
                           : contract::selected_devices(documents_, deployment_);
  Preparation preparation{
      .step = step.id, .inputs = {}, .devices = device_numbers(devices), .services = services_};
  for (const contract::Edge& edge : graph_.edges) {
    if (edge.to != index) continue;
    preparation.inputs.push_back(plan_->steps[places_[edge.from]].prepared.outputs[edge.output]);
  }
  for (const contract::Argument& argument : step.arguments) {
    if (argument.kind == contract::Argument::Kind::slot)
      preparation.slots.emplace(argument.name, argument.reference);
  }
  auto prepared = (*type)->prepare(*params, preparation);
  if (!prepared) {
    blame(step, preparation.blamed, prepared.error());
    return false;
  }
  CHECK(prepared->outputs.size() == (*type)->contract->outputs.size());
  places_[index] = place;
  const std::size_t outputs = prepared->outputs.size();
  plan_->live |= prepared->live;
  plan_->steps.push_back({.id = step.id,
                          .type = *type,
                          .prepared = *std::move(prepared),
                          .readers = std::vector<std::vector<InputRef>>(outputs),
                          .feeds = preparation.inputs.size()});
  return true;
}

std::shared_ptr<const Plan> Planner::make() {
  pipeline_ = documents_.pipeline(deployment_.pipeline);
  CHECK(pipeline_ != nullptr);
  std::vector<const contract::Contract*> contracts;
  for (const OperatorType* type : operators_) contracts.push_back(type->contract);
  const contract::Catalogue catalogue(contracts);
  auto graph = contract::connect(*pipeline_, catalogue, diagnostics_);
  if (!graph) return nullptr;
  graph_ = *std::move(graph);
  plan_->name = deployment_.name;
  plan_->devices = device_numbers(contract::selected_devices(documents_, deployment_));
  places_.resize(pipeline_->steps.size());
  for (std::size_t place = 0; place < graph_.order.size(); ++place) {
    if (!prepare(place)) return nullptr;
  }
  if (const auto clash = find_clash(*plan_)) {
    const contract::Step& step = pipeline_->steps[graph_.order[clash->step]];
    blame(step, "", clash->reason);
    return nullptr;
  }
  for (const contract::Edge& edge : graph_.edges) {
    plan_->steps[places_[edge.from]].readers[edge.output].push_back({places_[edge.to], edge.input});
  }
  const auto whole_lane = [](const PlannedStep& step) {
    return step.source() && !step.prepared.lane_per_device;
  };
  plan_->lane_per_device = std::ranges::none_of(plan_->steps, whole_lane);
  return plan_;
}

}  // namespace

std::shared_ptr<const Plan> make_plan(const contract::Deployment& deployment,
                                      const contract::Documents& documents,
                                      std::span<const OperatorType* const> operators,
                                      Services& services, data::Diagnostics& diagnostics) {
  return Planner(deployment, documents, operators, services, diagnostics).make();
}

}  // namespace weir::flow
