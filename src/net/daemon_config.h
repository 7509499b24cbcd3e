// What the configuration files of both daemons have in common: where they keep their data, where
// they listen, what they log.
//
//   data: /var/lib/weir-node                  # a folder; relative to the configuration file
//   http: {address: 127.0.0.1, port: 8090}
//   log: info                                 # debug, info, warning, error
//
// A value. Mistakes are told with their place.
#pragma once

#include <cstdint>
#include <string>

#include "base/log.h"
#include "data/diagnostic.h"
#include "data/yaml_map.h"

namespace weir::net {

// Where the daemons are when nobody says otherwise.
inline constexpr std::uint16_t kHubPort = 8080, kNodePort = 8090, kBrokerPort = 1883;

struct DaemonConfig {
  std::string data;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  base::Level log = base::Level::info;
};

// Takes `data`, `http` and `log` out of the file's map. `port` of the result is `default_port`
// where the file says nothing.
DaemonConfig read_daemon_config(data::YamlMap& map, std::string_view file,
                                std::uint16_t default_port, data::Diagnostics& diagnostics);

// The one document of a configuration file, of which the daemon's own reader takes the rest; null,
// and the mistake added, where the text holds none or several.
data::Node read_configuration(std::string_view text, std::string_view file,
                              data::Diagnostics& diagnostics);

// Warns in the log, with its mode, of a configuration file that holds a secret and that others than
// its owner may read. Of a file that is not there it says nothing.
void warn_of_others(const std::string& path, base::Log& log);

// A loopback address; `localhost` is 127.0.0.1. No other is taken as long as there is no TLS.
// `otherwise` where the key is absent.
std::string read_loopback(data::YamlMap& map, std::string_view key, std::string otherwise,
                          std::string_view file, data::Diagnostics& diagnostics);

// A port that we listen on may be 0: any that is free. One that is connected to is another's.
enum class PortUse : std::uint8_t { listen, connect };

// `port`, a TCP port to 65535, from 0 or 1 on; `otherwise` where it is absent.
std::uint16_t read_port(data::YamlMap& map, PortUse use, std::uint16_t otherwise,
                        std::string_view file, data::Diagnostics& diagnostics);

}  // namespace weir::net
