// Checks of a device against its products.
#include <algorithm>
#include <string>
#include <vector>

#include "contract/check.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;

namespace {

// What a key of `bind` may stand for: properties, actions and events of the device's products.
std::vector<std::string> bindable(const device::Device& device, const Documents& documents) {
  std::vector<std::string> names;
  for (const std::string& name : device.products) {
    const device::Product* product = documents.product(name);
    if (product == nullptr) continue;
    const auto add = [&](const auto& items) {
      for (const auto& item : items) {
        names.push_back(item.name);
        names.push_back(name + "." + item.name);
      }
    };
    add(product->properties);
    add(product->actions);
    add(product->events);
  }
  return names;
}

void check_bindings(const device::Device& device, const Documents& documents,
                    Diagnostics& diagnostics) {
  const std::vector<std::string> names = bindable(device, documents);
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const device::Setting& setting : device.bind) {
    const auto count = std::ranges::count(known, setting.name);
    if (count == 1) continue;
    diagnostics.add(device.file, setting.position, count == 0 ? Code::unknown_name : Code::conflict,
                    count == 0 ? "the products of device '" + device.name +
                                     "' have no property, action or event '" + setting.name + "'" +
                                     data::suggestion(setting.name, known)
                               : "two products of device '" + device.name + "' have '" +
                                     setting.name + "', expected product.name");
  }
}

void check_given(const device::Device& device, const Documents& documents,
                 Diagnostics& diagnostics) {
  std::vector<std::string_view> known;
  for (const std::string& name : device.products) {
    const device::Product* product = documents.product(name);
    for (const device::Attribute& attribute : product->attributes) known.push_back(attribute.name);
  }
  for (const device::Setting& setting : device.attributes) {
    if (std::ranges::find(known, setting.name) == known.end()) {
      diagnostics.add(device.file, setting.position, Code::unknown_name,
                      "the products of device '" + device.name + "' have no attribute '" +
                          setting.name + "'" + data::suggestion(setting.name, known) +
                          ", expected " + (known.empty() ? "none" : data::alternatives(known)));
      continue;
    }
    const auto written = data::to_value(setting.value);
    for (const std::string& name : device.products) {
      const device::Attribute* attribute = documents.product(name)->attribute(setting.name);
      if (attribute == nullptr) continue;
      const auto value = device::read_value(attribute->type, written ? *written : data::Value());
      if (value) continue;
      diagnostics.add(device.file, setting.value.position(), value.error().code,
                      "attribute '" + setting.name + "' of device '" + device.name +
                          "': " + value.error().message);
    }
  }
}

std::string nearest_product(std::string_view name, const Documents& documents) {
  std::vector<std::string_view> names;
  for (const device::Product& product : documents.products) names.push_back(product.name);
  return data::suggestion(name, names);
}

}  // namespace

void check_device(const device::Device& device, const Documents& documents,
                  Diagnostics& diagnostics) {
  bool known = true;
  for (const std::string& name : device.products) {
    if (documents.product(name) != nullptr) continue;
    known = false;
    diagnostics.add(device.file, device.position, Code::unknown_name,
                    "device '" + device.name + "' is of unknown product '" + name + "'" +
                        nearest_product(name, documents) +
                        ", expected a document of kind Product with that name");
  }
  if (!known) return;  // what it may bind and give is not known
  check_bindings(device, documents, diagnostics);
  check_given(device, documents, diagnostics);
}

}  // namespace weir::contract
