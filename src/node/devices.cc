// The drivers of this node's devices.
#include "node/devices.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "contract/bind.h"
#include "contract/catalogue.h"
#include "drivers/all.h"

namespace weir::node {
namespace {

// Fills a driver's parameters from what a person wrote.
class Filler {
 public:
  Filler(const device::Device& device, data::Diagnostics& diagnostics)
      : device_(device), diagnostics_(diagnostics), before_(diagnostics.size()) {}

  void fill(std::span<const contract::Param> params, const std::vector<device::Setting>& settings,
            void* out) {
    for (const device::Setting& setting : settings) {
      const auto param = std::ranges::find(params, setting.name, &contract::Param::name);
      if (param == params.end()) {
        unknown(params, setting);
        continue;
      }
      if (const auto value = data::to_value(setting.value)) {
        set(*param, *value, setting.value.position(), out);
      } else {
        add(setting.value.position(), value.error());
      }
    }
  }

  void set(const contract::Param& param, const data::Value& written, data::Position position,
           void* out) {
    if (auto value = contract::read_param(param, written)) {
      param.set(out, param, *value);
    } else {
      value.error().message = std::string(param.name) + ": " + value.error().message;
      add(position, value.error());
    }
  }

  void require(std::span<const contract::Param> params,
               const std::vector<device::Setting>& settings, data::Position position) {
    for (const contract::Param& param : params) {
      if (param.required && device::find(settings, std::string(param.name)) == nullptr) {
        add(position, {base::Code::missing, "driver " + device_.driver + " needs `" +
                                                std::string(param.name) +
                                                "`: " + std::string(param.summary)});
      }
    }
  }

  void add(data::Position position, const base::Error& error) {
    diagnostics_.add(device_.file, position, error.code, error.message);
  }
  bool clean() const { return diagnostics_.size() == before_; }

 private:
  void unknown(std::span<const contract::Param> params, const device::Setting& setting) {
    std::string known;
    for (const contract::Param& param : params)
      known += (known.empty() ? "" : ", ") + std::string(param.name);
    add(setting.position,
        {base::Code::unknown_name, "driver " + device_.driver + " has no parameter '" +
                                       setting.name + "'; expected one of: " + known});
  }

  const device::Device& device_;
  data::Diagnostics& diagnostics_;
  std::size_t before_;
};

std::vector<device::Setting> settings_of(const data::Node& mapping) {
  std::vector<device::Setting> out;
  for (const auto& member : mapping.members())
    out.push_back({member.key, member.position, member.value});
  return out;
}

// Where a person wrote what the driver does not take; the device, where nobody did.
data::Position place_of(const device::Device& device, const drivers::Mistake& mistake) {
  const std::string param(mistake.param);
  if (mistake.property.empty()) {
    const device::Setting* const setting = device::find(device.connect, param);
    return setting == nullptr ? device.position : setting->value.position();
  }
  const device::Setting* const binding = device::find(device.bind, mistake.property);
  if (binding == nullptr) return device.position;
  const data::Node* const value = binding->value.find(param);
  return value == nullptr ? binding->position : value->position();
}

// What the driver is started with; nullopt, and the mistakes added, where it cannot be.
std::optional<drivers::DeviceStart> read_start(const device::Device& device,
                                               const drivers::DriverType& type,
                                               data::Diagnostics& diagnostics) {
  Filler filler(device, diagnostics);
  const std::shared_ptr<void> connect = type.new_connect();
  const auto params = type.contract->connect;
  filler.fill(params, device.connect, connect.get());
  filler.require(params, device.connect, device.position);
  for (const auto& [name, secret] :
       {std::pair{"user", &device.user}, std::pair{"password", &device.password}}) {
    const auto param = std::ranges::find(params, std::string_view(name), &contract::Param::name);
    if (!secret->empty() && param != params.end())
      param->set(connect.get(), *param, secret->reveal());
  }
  drivers::DeviceStart start{.device = 0, .name = device.name, .connect = connect, .bindings = {}};
  for (const device::Setting& binding : device.bind) {
    if (binding.value.kind() != data::Node::Kind::mapping) {
      filler.add(binding.value.position(),
                 {base::Code::wrong_type, "an address of driver " + device.driver +
                                              " is a mapping, such as " +
                                              std::string(type.contract->example)});
      continue;
    }
    const std::shared_ptr<void> bind = type.new_bind();
    const auto settings = settings_of(binding.value);
    filler.fill(type.contract->bind, settings, bind.get());
    filler.require(type.contract->bind, settings, binding.position);
    start.bindings.push_back({binding.name, bind});
  }
  if (!filler.clean()) return std::nullopt;
  for (const drivers::Mistake& mistake : type.check(start)) {
    filler.add(place_of(device, mistake),
               {mistake.error.code, std::string(mistake.param) + ": " + mistake.error.message});
  }
  if (!filler.clean()) return std::nullopt;
  return start;
}

const drivers::DriverType* find_driver(const device::Device& device,
                                       data::Diagnostics& diagnostics) {
  const drivers::DriverType* const type = drivers::find(device.driver);
  if (type != nullptr) return type;
  diagnostics.add(device.file, device.position, base::Code::unknown_name,
                  "device " + device.name + ": " + drivers::unknown(device.driver));
  return nullptr;
}

// Null, and the mistakes added, where the device cannot be started.
std::unique_ptr<drivers::Driver> make_driver(const device::Device& device, data::Device number,
                                             const drivers::Services& services,
                                             data::Diagnostics& diagnostics) {
  const drivers::DriverType* const type = find_driver(device, diagnostics);
  if (type == nullptr) return nullptr;
  auto start = read_start(device, *type, diagnostics);
  if (!start) return nullptr;
  start->device = number;
  auto driver = type->start(*start, services);
  if (driver) return *std::move(driver);
  diagnostics.add(device.file, device.position, driver.error().code, driver.error().message);
  return nullptr;
}

// Stands for a device that cannot be started: its streams are on the bus, as those of a device that
// is away, and nothing comes.
class Unstarted final : public drivers::Driver {
 public:
  Unstarted(const device::Device& device, data::Device number, const std::string& reason,
            const drivers::Services& services)
      : streams_(services.streams), number_(number) {
    for (const device::Setting& binding : device.bind) {
      if (!streams_.add(number_, binding.name, [](bus::Demand) {})) continue;
      status_.push_back({.device = device.name,
                         .property = binding.name,
                         .state = drivers::State::failed,
                         .since_ns = services.clock.wall_ns(),
                         .last_error = reason,
                         .failures = 1});
    }
  }
  ~Unstarted() override { stop(); }

  void stop() override {
    for (const drivers::Status& each : status_) streams_.remove(number_, each.property);
  }
  std::vector<drivers::Status> status() const override { return status_; }

 private:
  bus::Streams& streams_;
  const data::Device number_;
  std::vector<drivers::Status> status_;
};

}  // namespace

bool check_device(const device::Device& device, data::Diagnostics& diagnostics) {
  if (device.driver.empty()) return true;
  const drivers::DriverType* const type = find_driver(device, diagnostics);
  return type != nullptr && read_start(device, *type, diagnostics).has_value();
}

void Devices::start(const device::Device& device) {
  const std::lock_guard lock(mutex_);
  if (device.driver.empty() || running_.contains(device.name)) return;
  const data::Device number = names_.id(device.name);
  data::Diagnostics mistakes;
  auto driver = make_driver(device, number, services_, mistakes);
  if (driver == nullptr) {
    const std::string& reason = mistakes.items().front().message;
    services_.log.write(base::Level::error, "node", "a device cannot be started",
                        {{"device", device.name}, {"reason", reason}});
    driver = std::make_unique<Unstarted>(device, number, reason, services_);
  }
  running_.emplace(device.name, std::move(driver));
}

void Devices::stop(std::string_view device) {
  std::unique_ptr<drivers::Driver> driver;
  {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(device);
    if (found == running_.end()) return;
    driver = std::move(found->second);
    running_.erase(found);
  }
  driver->stop();
}

void Devices::stop() {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, driver] : running_) driver->stop();
}

std::vector<drivers::Status> Devices::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<drivers::Status> out;
  for (const auto& [name, driver] : running_) {
    for (drivers::Status& status : driver->status()) out.push_back(std::move(status));
  }
  return out;
}

}  // namespace weir::node
