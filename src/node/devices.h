// Devices: the drivers of this node's devices, one each, started as documents say.
//
// Thread-safe; a start or stop waits for the one before it, and `status` for either. Stops every
// driver when destroyed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/diagnostic.h"
#include "data/dictionary.h"
#include "device/device.h"
#include "drivers/driver.h"

namespace weir::node {

// Checks `driver`, `connect` and `bind` against the driver's contract, and asks the driver whether
// they can be. Every mistake is added at its place; false where there is any.
bool check_device(const device::Device& device, data::Diagnostics& diagnostics);

class Devices {
 public:
  // `services` outlives it; names get their numbers from `names`.
  Devices(const drivers::Services& services, data::Dictionary& names)
      : services_(services), names_(names) {}

  // Starts the device's driver where it has one and it is not running. A device that cannot be
  // started is told of in the log and in `status`, until it is stopped: its streams are there and
  // give nothing, so that who reads them goes on with other devices.
  void start(const device::Device& device);
  void stop(std::string_view device);  // and forgets it; an unknown one is stopped already
  void stop();
  std::vector<drivers::Status> status() const;

 private:
  const drivers::Services& services_;
  data::Dictionary& names_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<drivers::Driver>, std::less<>> running_;
};

}  // namespace weir::node
