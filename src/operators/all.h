// All operators, in the order in which the editor shows them.
#pragma once

#include <span>

#include "flow/operator.h"

namespace weir::operators {

// Constants; thread-safe. Without media those that need pictures decoded or encoded are missing.
std::span<const flow::OperatorType* const> all();

}  // namespace weir::operators
