// The plan: which nodes of a program are evaluated by columns and which by rows.
//
// A pure function.
#pragma once

#include "expr/program.h"

namespace weir::expr {

// Decides for a node and all below it (Node::columnar).
void plan_columns(Node& node);

}  // namespace weir::expr
