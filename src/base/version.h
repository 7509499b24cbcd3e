// Which Weir this is.
#pragma once

#include <string_view>

namespace weir::base {

inline constexpr std::string_view kVersion = "0.1.0";  // semantic versioning 2.0.0

}  // namespace weir::base
