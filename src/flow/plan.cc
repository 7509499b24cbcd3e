// Plans.
#include "flow/plan.h"

#include <algorithm>

namespace weir::flow {

bool PlannedStep::is_last() const {
  return !readers.empty() &&
         std::ranges::all_of(readers, [](const auto& inputs) { return inputs.empty(); });
}

}  // namespace weir::flow
