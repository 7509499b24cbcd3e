// Driver: speaks one protocol to one device, and brings its streams to the bus.
//
// A driver has threads of its own; its calls are thread-safe, do not throw, and `stop` returns by a
// deadline whatever the device does. What a driver promises is a contract like an operator's, so
// that checks and reference pages come from it. Devices are hostile: they may send anything.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "bus/streams.h"
#include "contract/contract.h"
#include "data/batch.h"

namespace weir::drivers {

// What a driver may use; outlives it.
struct Services {
  const base::Clock& clock;
  base::Log& log;
  bus::Streams& streams;
  std::function<double()> random;  // thread-safe, uniform in [0, 1)
};

struct DriverContract {
  std::string_view name, summary, description, since;
  std::span<const contract::Param> connect = {};   // of a device: under `connect:`
  std::span<const contract::Param> bind = {};      // of a property: under `bind: {NAME: …}`
  std::span<const std::string_view> secrets = {};  // params of `connect` never shown
  std::string_view example = {};  // `driver`, `connect` and `bind` of a Device in YAML
};

// Mistakes in a contract do not compile: static_assert(well_formed(kContract)).
consteval bool well_formed(const DriverContract& of) {
  using contract::detail::sentence;
  using contract::detail::snake;
  if (!snake(of.name) || !sentence(of.summary) || of.since.empty()) return false;
  if (of.example.empty()) return false;
  for (const auto params : {of.connect, of.bind}) {
    for (const contract::Param& param : params) {
      if (!snake(param.name) || !sentence(param.summary)) return false;
      if ((param.type == contract::Type::choice) == param.choices.empty()) return false;
    }
  }
  for (const std::string_view secret : of.secrets) {
    bool known = false;
    for (const contract::Param& param : of.connect) known = known || param.name == secret;
    if (!known) return false;
  }
  return true;
}

// One property of the device and where the protocol has it.
struct Binding {
  std::string property;
  std::shared_ptr<const void> params;  // made by new_bind, filled and checked
};

// What a driver is started with.
struct DeviceStart {
  data::Device device = 0;
  std::string name;                     // the device's, for messages
  std::shared_ptr<const void> connect;  // made by new_connect, filled and checked
  std::vector<Binding> bindings;
};

enum class State : std::uint8_t {
  idle,  // nobody reads
  connecting,
  streaming,
  frozen,  // connected, but nothing comes
  failed,  // could not connect, or the connection ended
  stopped,
};
std::string_view name(State state);

// A parameter that cannot be as it is.
struct Mistake {
  std::string property;    // whose binding it is of; "": of `connect`
  std::string_view param;  // its name in the contract
  base::Error error;
};

// How one stream of the device is doing.
struct Status {
  std::string device, property;
  State state = State::idle;  // frozen and failed last until the next try connects
  std::int64_t since_ns = 0;  // wall clock
  std::string last_error;     // a sentence; empty as long as nothing went wrong
  std::int64_t retry_ns = 0;  // wall clock of the next try; 0 = none is planned
  std::int64_t connects = 0, failures = 0;
  std::int64_t packets = 0, bytes = 0;
  std::int64_t drops = 0;  // packets that could not be passed on
};

class Driver {
 public:
  static constexpr std::int64_t kStopTimeoutNs = 2'000'000'000;

  virtual ~Driver() = default;  // stops
  // Ends all that goes on with the device, and returns within kStopTimeoutNs.
  virtual void stop() = 0;
  virtual std::vector<Status> status() const = 0;
};

// A driver as the node sees it. A constant; listed in drivers/all.cc.
struct DriverType {
  const DriverContract* contract;
  std::shared_ptr<void> (*new_connect)();
  std::shared_ptr<void> (*new_bind)();
  // What of the parameters cannot be, as far as it shows without the device. Pure, thread-safe.
  std::vector<Mistake> (*check)(const DeviceStart& start);
  // Starts what `check` finds nothing wrong with: the streams are on the bus when it returns.
  // Errors: conflict, where one of them is there already.
  base::Result<std::unique_ptr<Driver>> (*start)(const DeviceStart& start,
                                                 const Services& services);
};

}  // namespace weir::drivers
