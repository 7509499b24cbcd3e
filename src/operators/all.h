// All operators, in the order in which lists show them.
#pragma once

#include <span>

#include "contract/catalogue.h"
#include "flow/operator.h"

namespace weir::operators {

// Constants; thread-safe.
std::span<const flow::OperatorType* const> all();
// Those that need pictures decoded or encoded, in a build without media.
contract::LeftOut left_out();

}  // namespace weir::operators
