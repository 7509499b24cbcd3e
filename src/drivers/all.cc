// One line a driver.
#include "drivers/all.h"

#include <string>
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

std::string unknown(std::string_view name) {
#ifndef WEIR_MEDIA
  if (name == "rtsp") return "driver 'rtsp' needs media, and this build has none (WEIR_MEDIA=OFF)";
#endif
  std::string known;
  for (const DriverType& type : all()) {
    known += (known.empty() ? "" : ", ") + std::string(type.contract->name);
  }
  return "no driver '" + std::string(name) +
         "'; expected one of: " + (known.empty() ? "none in this build" : known);
}

}  // namespace weir::drivers
