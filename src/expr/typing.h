// Typing: which types operators take, and what they give.
//
// Pure functions, thread-safe.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "expr/program.h"
#include "expr/types.h"

namespace weir::expr {

// What is wrong before any record is there: in pipelines an error, in CEL left to the record.
base::Result<Node> wrong(Node node, Dialect dialect, base::Code code, std::string_view message);

// Whether == between them can be anything but false.
bool comparable(const Type& a, const Type& b);

// In pipelines an int literal beside a double is a double.
void adapt_literals(std::span<Node> nodes, Dialect dialect);

// The operation with its type; its operands have theirs.
base::Result<Node> type_operation(Node node, Dialect dialect);

}  // namespace weir::expr
