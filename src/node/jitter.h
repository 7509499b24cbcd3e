// Jitter for the drivers' retries, so that cameras behind one switch do not all come back at once.
//
// Thread-safe. Copies draw from one sequence.
#pragma once

#include <functional>

namespace weir::node {

// Uniform in [0, 1).
std::function<double()> make_jitter();

}  // namespace weir::node
