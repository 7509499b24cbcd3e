// hub.yaml: how one hub is set up.
//
//   data: /var/lib/weir-hub
//   http: {port: 8080}
//   broker: {port: 1883}      # mosquitto as our child; or one that is there already:
//   broker: {external: true, host: 127.0.0.1, port: 1883, user: hub, password: "…"}
//
// A value. Mistakes are told with their place; the password is in none of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "data/diagnostic.h"
#include "hub/broker.h"
#include "net/daemon_config.h"

namespace weir::hub {

struct Config {
  net::DaemonConfig daemon;
  std::uint16_t broker_port = net::kBrokerPort;  // of our child
  std::optional<BrokerAddress> external = {};
};

Config read_config(const std::string& path, data::Diagnostics& diagnostics);
Config parse_config(std::string_view text, std::string_view file, data::Diagnostics& diagnostics);

}  // namespace weir::hub
