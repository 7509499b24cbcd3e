// A plan: the steps of a pipeline in the order records pass them, prepared and connected; what
// every lane is made from.
//
// Immutable after planning, shared by all lanes, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "data/batch.h"
#include "flow/operator.h"

namespace weir::flow {

struct InputRef {
  std::size_t step = 0, input = 0;
};

struct PlannedStep {
  std::string id;
  const OperatorType* type = nullptr;
  Prepared prepared;
  // The inputs that read each output port; an output that nobody reads has none.
  std::vector<std::vector<InputRef>> readers;
  std::size_t feeds = 0;  // edges that lead here

  const contract::Contract& contract() const { return *type->contract; }
  bool source() const { return static_cast<bool>(prepared.make_source); }
  // None of its ports is read: its first port is a result of the pipeline.
  bool is_last() const;
};

struct Plan {
  std::string name;                   // of the deployment
  std::vector<PlannedStep> steps;     // in topological order: sources first
  std::vector<data::Device> devices;  // bound to the deployment
  bool live = false;  // any source is live: inputs with policy `newest` drop what is older
  bool lane_per_device = false;
};

}  // namespace weir::flow
