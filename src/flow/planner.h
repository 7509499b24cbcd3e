// The planner: from a deployment to a plan, with every step prepared and column types known from
// end to end.
//
// Thread-safe. Preparing may load models, so it may take seconds; it starts nothing.
#pragma once

#include <memory>
#include <span>

#include "contract/document.h"
#include "data/diagnostic.h"
#include "flow/operator.h"
#include "flow/plan.h"
#include "flow/services.h"

namespace weir::flow {

// The deployment's pipeline, bound to its devices. Documents and deployment have passed
// contract::check. Null, and every mistake added at its place, where an operator refuses its
// parameters or its input's columns.
std::shared_ptr<const Plan> make_plan(const contract::Deployment& deployment,
                                      const contract::Documents& documents,
                                      std::span<const OperatorType* const> operators,
                                      Services& services, data::Diagnostics& diagnostics);

}  // namespace weir::flow
