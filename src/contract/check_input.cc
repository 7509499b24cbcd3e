// Checks of what inputs read: the product and the stream that they name.
#include <algorithm>
#include <string>
#include <vector>

#include "contract/bind.h"
#include "contract/check.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;

namespace {

void check_stream(const Step& step, const Argument& argument, const std::string& stream,
                  const device::Product& product, Diagnostics& diagnostics) {
  std::vector<std::string_view> known;
  for (const device::Property& property : product.properties) {
    if (property.type.form == device::ValueType::Form::stream) known.push_back(property.name);
  }
  if (stream.empty() || std::ranges::find(known, stream) != known.end()) return;
  diagnostics.add(step.file, argument.value.position(), Code::unknown_name,
                  "product '" + product.name + "' has no stream '" + stream + "'" +
                      data::suggestion(stream, known) + ", expected " +
                      (known.empty() ? "a property of type stream" : data::alternatives(known)));
}

}  // namespace

void check_input(const Step& step, const Deployment& deployment, const Documents& documents,
                 Diagnostics& diagnostics) {
  const Argument* const argument = step.argument("product");
  if (argument == nullptr) return;
  const std::string name = text_of(*argument, deployment);
  if (const device::Product* const product = documents.product(name)) {
    const Argument* const property = step.argument("property");
    if (property == nullptr) return;
    check_stream(step, *property, text_of(*property, deployment), *product, diagnostics);
    return;
  }
  const auto devices = selected_devices(documents, deployment, step.id);
  const bool stands_in = !devices.empty() && std::ranges::all_of(devices, [](const auto* device) {
    return device->products.empty();
  });
  if (name.empty() || stands_in) return;
  std::vector<std::string_view> known;
  for (const device::Product& product : documents.products) known.push_back(product.name);
  diagnostics.add(step.file, argument->value.position(), Code::unknown_name,
                  "unknown product '" + name + "'" + data::suggestion(name, known) +
                      ", expected a document of kind Product with that name");
}

}  // namespace weir::contract
