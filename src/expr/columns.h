// Evaluation by columns: tight loops over whole columns for scalar types, by rows for what lies
// below them and is not.
//
// Gives what evaluation by rows gives, record for record, in the pipeline dialect, along a plan
// (expr/plan.h). Thread-safe.
#pragma once

#include "data/batch.h"
#include "expr/program.h"
#include "expr/vector.h"

namespace weir::expr {

// The values of a node of scalar type for the selected records of a batch that is not empty.
Vector evaluate_columns(const Program& program, const Node& node, const data::Batch& batch);

}  // namespace weir::expr
