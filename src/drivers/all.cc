// One line a driver.
#include "drivers/all.h"

#include <vector>

#include "drivers/rtsp.h"

namespace weir::drivers {

std::span<const DriverType> all() {
  static const std::vector<DriverType> kAll = {
#ifdef WEIR_MEDIA
      rtsp_driver(),
#endif
  };
  return kAll;
}

const DriverType* find(std::string_view name) {
  for (const DriverType& type : all()) {
    if (type.contract->name == name) return &type;
  }
  return nullptr;
}

}  // namespace weir::drivers
