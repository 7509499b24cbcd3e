// What shall run, from resources.
#include "node/desired.h"

#include <memory>
#include <set>

namespace weir::node {
namespace {

using resource::Kind;

// Tells one state of a resource from another.
std::string mark(const resource::Resources& resources, Kind kind, const std::string& name) {
  const auto found = resources.get(kind, name);
  return name + "@" + (found ? std::to_string(found->generation) : "none") + " ";
}

std::string device_mark(const resource::Resources& resources, const device::Device& device) {
  std::string out = mark(resources, Kind::device, device.name);
  for (const std::string& product : device.products) out += mark(resources, Kind::product, product);
  return out;
}

}  // namespace

Desired desired(const resource::Resources& resources, const std::string& models_folder) {
  Desired out;
  out.documents = *resources.documents();
  for (contract::Deployment& deployment : out.documents.deployments) {
    std::string fingerprint = mark(resources, Kind::deployment, deployment.name) +
                              mark(resources, Kind::pipeline, deployment.pipeline);
    for (contract::Fill& fill : deployment.fills) {
      if (fill.kind != contract::Fill::Kind::model) continue;
      const auto* const reference = fill.value.get<std::string>();
      if (reference == nullptr) continue;
      fingerprint += *reference + " ";
      auto folder = resources.materialize(*reference, models_folder);
      if (!folder) {
        out.broken[deployment.name] = folder.error().message;
        break;
      }
      fill.value = *std::move(folder);
    }
    for (const device::Device* device : contract::selected_devices(out.documents, deployment)) {
      const std::string of_device = device_mark(resources, *device);
      fingerprint += of_device;
      out.devices[device->name] = of_device;
    }
    out.deployments[deployment.name] = std::move(fingerprint);
  }
  return out;
}

}  // namespace weir::node
