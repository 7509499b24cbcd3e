// node.yaml.
#include "node/config.h"

#include "contract/document.h"
#include "data/yaml_map.h"
#include "link/topic.h"
#include "net/hosts.h"

namespace weir::node {
namespace {

constexpr std::string_view kScheme = "http://";

HubAddress read_hub(const data::Node& node, std::string_view file, data::Diagnostics& diagnostics) {
  HubAddress hub;
  data::YamlMap map(node, "'hub'", file, diagnostics);
  hub.url = map.required_text("url").value_or("");
  hub.token = map.required_text("token").value_or("");
  const std::string given = hub.url;
  while (hub.url.ends_with('/')) hub.url.pop_back();
  if (!given.empty() && !(hub.url.starts_with(kScheme) &&
                          net::is_loopback_authority(hub.url.substr(kScheme.size())))) {
    diagnostics.add(file, map.take("url")->position(), base::Code::refused,
                    "'url' is '" + given +
                        "', expected http://HOST:PORT of a loopback address, as "
                        "http://127.0.0.1:8080: there is no TLS yet");
  }
  if (const data::Node* const broker = map.take("broker")) {
    data::YamlMap address(*broker, "'broker'", file, diagnostics);
    hub.broker_host = net::read_loopback(address, "host", hub.broker_host, file, diagnostics);
    hub.broker_port =
        net::read_port(address, net::PortUse::connect, net::kBrokerPort, file, diagnostics);
    address.finish();
  }
  map.finish();
  return hub;
}

// What the hub takes as a node's name.
std::string read_node_name(data::YamlMap& map, std::string_view file,
                           data::Diagnostics& diagnostics) {
  const auto name = map.required_text("name");
  if (!name) return "";
  if (const auto fits = link::check_node_name(*name); !fits) {
    diagnostics.add(file, map.take("name")->position(), fits.error().code, fits.error().message);
  }
  return *name;
}

}  // namespace

Config parse_config(std::string_view text, std::string_view file, data::Diagnostics& diagnostics) {
  Config config;
  const data::Node document = net::read_configuration(text, file, diagnostics);
  if (!diagnostics.empty()) return config;
  data::YamlMap map(document, "the configuration", file, diagnostics);
  config.name = read_node_name(map, file, diagnostics);
  config.daemon = net::read_daemon_config(map, file, net::kNodePort, diagnostics);
  if (const data::Node* const hub = map.take("hub")) {
    config.hub = read_hub(*hub, file, diagnostics);
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

}  // namespace weir::node
