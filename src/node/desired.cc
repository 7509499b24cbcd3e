// What shall run, from resources.
#include "node/desired.h"

#include <memory>
#include <set>

namespace weir::node {
namespace {

using resource::Kind;

// Tells one state of a resource from another.
std::string mark(const resource::Kept& kept, Kind kind, const std::string& name) {
  const auto found = kept.generations.find({kind, name});
  return name + "@" + (found != kept.generations.end() ? std::to_string(found->second) : "none") +
         " ";
}

std::string device_mark(const resource::Kept& kept, const device::Device& device) {
  std::string out = mark(kept, Kind::device, device.name);
  for (const std::string& product : device.products) out += mark(kept, Kind::product, product);
  return out;
}

std::string models_mark(const contract::Deployment& deployment) {
  std::string out;
  for (const contract::Fill& fill : deployment.fills) {
    if (fill.kind != contract::Fill::Kind::model) continue;
    if (const auto* const reference = fill.value.get<std::string>()) out += *reference + " ";
  }
  return out;
}

}  // namespace

base::Result<> put_models(contract::Deployment& deployment, const ModelFolder& model_folder) {
  for (contract::Fill& fill : deployment.fills) {
    if (fill.kind != contract::Fill::Kind::model) continue;
    const auto* const reference = fill.value.get<std::string>();
    if (reference == nullptr) continue;
    TRY(std::string folder, model_folder(*reference));
    fill.value = std::move(folder);
  }
  return {};
}

Desired desired(const resource::Kept& kept, const ModelFolder& model_folder) {
  Desired out;
  out.documents = *kept.documents;
  for (contract::Deployment& deployment : out.documents.deployments) {
    std::string fingerprint = mark(kept, Kind::deployment, deployment.name) +
                              mark(kept, Kind::pipeline, deployment.pipeline) +
                              models_mark(deployment);
    for (const device::Device* device : contract::selected_devices(out.documents, deployment)) {
      const std::string of_device = device_mark(kept, *device);
      fingerprint += of_device;
      out.devices[device->name] = of_device;
    }
    out.deployments[deployment.name] = std::move(fingerprint);
    if (const auto put = put_models(deployment, model_folder); !put)
      out.broken[deployment.name] = put.error().message;
  }
  return out;
}

}  // namespace weir::node
