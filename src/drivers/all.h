// The list of all drivers in this build. Constant, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "drivers/driver.h"

namespace weir::drivers {

std::span<const DriverType> all();
const DriverType* find(std::string_view name);  // null where there is none
// What to say of a driver that is not there.
std::string unknown(std::string_view name);

}  // namespace weir::drivers
