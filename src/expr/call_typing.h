// Typing of calls: which overloads of a function the types of its operands may fit.
//
// Pure functions, thread-safe.
#pragma once

#include "base/result.h"
#include "expr/program.h"

namespace weir::expr {

// Keeps the overloads that may fit, and says what they give. A pattern that is a constant is
// compiled.
base::Result<Node> type_call(Node node, Style style, Dialect dialect);

}  // namespace weir::expr
