// hub.yaml.
#include "hub/config.h"

#include "contract/document.h"
#include "data/yaml_map.h"

namespace weir::hub {
namespace {

// Where the child is meant, nothing of another broker may be said, and the other way round.
void read_broker(const data::Node& node, std::string_view file, data::Diagnostics& diagnostics,
                 Config& config) {
  data::YamlMap map(node, "'broker'", file, diagnostics);
  const bool external = map.flag("external").value_or(false);
  const net::PortUse use = external ? net::PortUse::connect : net::PortUse::listen;
  const std::uint16_t port = net::read_port(map, use, net::kBrokerPort, file, diagnostics);
  if (external) {
    map.require("host");
    config.external = BrokerAddress{.host = net::read_loopback(map, "host", "", file, diagnostics),
                                    .port = port,
                                    .user = map.text("user").value_or(""),
                                    .password = map.text("password").value_or("")};
  } else {
    config.broker_port = port;
    for (const std::string_view key : {"host", "user", "password"}) {
      const data::Node* const given = map.take(key);
      if (given == nullptr) continue;
      diagnostics.add(file, given->position(), base::Code::conflict,
                      "'" + std::string(key) +
                          "' is for a broker that is there already, expected "
                          "'external: true' beside it");
    }
  }
  map.finish();
}

}  // namespace

Config parse_config(std::string_view text, std::string_view file, data::Diagnostics& diagnostics) {
  Config config;
  const data::Node document = net::read_configuration(text, file, diagnostics);
  if (!diagnostics.empty()) return config;
  data::YamlMap map(document, "the configuration", file, diagnostics);
  config.daemon = net::read_daemon_config(map, file, net::kHubPort, diagnostics);
  if (const data::Node* const broker = map.take("broker")) {
    read_broker(*broker, file, diagnostics, config);
  }
  map.finish();
  return config;
}

Config read_config(const std::string& path, data::Diagnostics& diagnostics) {
  const auto text = contract::read_file(path);
  if (text) return parse_config(*text, path, diagnostics);
  diagnostics.add(path, {}, text.error().code, text.error().message);
  return {};
}

}  // namespace weir::hub
