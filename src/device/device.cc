// Devices, from YAML.
#include "device/device.h"

#include <algorithm>

#include "data/yaml_map.h"

namespace weir::device {

using base::Code;
using data::Diagnostics;
using data::Node;
using data::YamlMap;
using data::YamlMember;

namespace {

std::vector<Setting> read_settings(const Node* map, std::string_view key, std::string_view file,
                                   Diagnostics& diagnostics) {
  std::vector<Setting> settings;
  if (map == nullptr) return settings;
  if (!map->is_mapping()) {
    // Not what it is: `connect` may hold a password.
    diagnostics.add(file, map->position(), Code::wrong_type,
                    "'" + std::string(key) + "' of a Device is a " +
                        (map->is_sequence() ? "list" : "single value") +
                        ", expected a map from names to values");
  }
  if (map->members().size() > kSettingsMax) {
    diagnostics.add(file, map->position(), Code::limit,
                    "'" + std::string(key) + "' of a Device has " +
                        std::to_string(map->members().size()) + " keys, expected at most " +
                        std::to_string(kSettingsMax));
    return settings;
  }
  for (const YamlMember& member : map->members()) {
    settings.push_back({member.key, member.position, member.value});
  }
  return settings;
}

// Takes a credential out of the settings.
Secret take_secret(std::vector<Setting>& settings, std::string_view name, std::string_view file,
                   Diagnostics& diagnostics) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  if (found == settings.end()) return Secret();
  if (!found->value.is_scalar()) {
    diagnostics.add(file, found->value.position(), Code::wrong_type,
                    "'" + std::string(name) + "' of 'connect' is no text, expected a text");
  }
  Secret secret(found->value.text());
  settings.erase(found);
  return secret;
}

std::vector<std::string> read_products(const Node* node, std::string_view file,
                                       Diagnostics& diagnostics) {
  std::vector<std::string> products;
  if (node == nullptr) return products;
  const auto add = [&](const Node& name) {
    if (name.is_scalar() && data::valid_name(name.text())) {
      if (std::ranges::find(products, name.text()) == products.end()) {
        products.push_back(name.text());
        return;
      }
      diagnostics.add(file, name.position(), Code::conflict,
                      "product '" + name.text() + "' is named twice");
      return;
    }
    diagnostics.add(file, name.position(), Code::wrong_type,
                    "a product is " + describe(name) + ", expected a product's name");
  };
  if (!node->is_sequence()) {
    add(*node);
  } else if (node->items().empty()) {
    diagnostics.add(file, node->position(), Code::missing,
                    "'product' is an empty list, expected at least one product's name");
  } else if (node->items().size() > kProductsMax) {
    diagnostics.add(file, node->position(), Code::limit,
                    "'product' has " + std::to_string(node->items().size()) +
                        " items, expected at most " + std::to_string(kProductsMax));
    return products;
  }
  for (const Node& item : node->items()) add(item);
  return products;
}

}  // namespace

const Setting* find(const std::vector<Setting>& settings, std::string_view name) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

bool Device::is_a(std::string_view product) const {
  return std::ranges::find(products, product) != products.end();
}

std::optional<Device> parse_device(const Node& document, std::string_view file,
                                   Diagnostics& diagnostics) {
  YamlMap map(document, "a Device", file, diagnostics);
  map.know("kind");
  const auto name = map.required_name("name");
  Device device{.name = name.value_or(""),
                .description = map.text("description").value_or(""),
                .file = std::string(file),
                .position = document.position()};
  device.products = read_products(map.require("product"), file, diagnostics);
  device.driver = map.required_name("driver").value_or("");
  device.connect = read_settings(map.take("connect"), "connect", file, diagnostics);
  device.user = take_secret(device.connect, "user", file, diagnostics);
  device.password = take_secret(device.connect, "password", file, diagnostics);
  device.bind = read_settings(map.take("bind"), "bind", file, diagnostics);
  device.attributes = read_settings(map.take("attributes"), "attributes", file, diagnostics);
  map.finish();
  if (!name) return std::nullopt;
  return device;
}

}  // namespace weir::device
