// The checker: what names mean, which types come of it, and what can be computed once and for all.
//
// Pure functions, thread-safe.
#pragma once

#include "base/result.h"
#include "expr/program.h"
#include "expr/syntax.h"

namespace weir::expr {

// In the pipeline dialect a wrong type or an unknown name is an error here; in CEL it is one of the
// record, where it is evaluated. Errors: unknown_name, wrong_type, invalid, limit, not_yet; the
// message starts with the position.
base::Result<Node> check(const Syntax& syntax, const Scope& scope, Dialect dialect);

}  // namespace weir::expr
