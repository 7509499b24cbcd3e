// node.yaml: how one edge node is set up.
//
//   name: gate-1
//   data: /var/lib/weir-node
//   http: {port: 8090}
//   hub: {url: "http://127.0.0.1:8080", broker: {port: 1883}, token: "…"}     # from `weir node
//   add`
//
// Without `hub` the node is whole by itself: what it raises is kept until a hub is named.
//
// A value. Mistakes are told with their place; the token is in none of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/diagnostic.h"
#include "net/daemon_config.h"

namespace weir::node {

struct HubAddress {
  std::string url;  // http://host:port, no path
  std::string broker_host = "127.0.0.1";
  std::uint16_t broker_port = net::kBrokerPort;
  std::string token;
};

struct Config {
  std::string name;
  net::DaemonConfig daemon;
  std::optional<HubAddress> hub;
};

Config read_config(const std::string& path, data::Diagnostics& diagnostics);
Config parse_config(std::string_view text, std::string_view file, data::Diagnostics& diagnostics);

}  // namespace weir::node
