// Who uses a resource.
#include "resource/users.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include "data/yaml_map.h"
#include "resource/spec.h"

namespace weir::resource {

using contract::Deployment;
using contract::Documents;
using contract::Fill;

namespace {

std::string called(Kind kind, std::string_view name) {
  return std::string(resource::name(kind)) + " '" + std::string(name) + "'";
}

bool names_model(const Deployment& deployment, std::string_view model) {
  return std::ranges::any_of(deployment.fills, [&](const Fill& fill) {
    if (fill.kind != Fill::Kind::model) return false;
    const auto reference = contract::parse_model_reference(fill.written);
    return reference && reference->name == model;
  });
}

bool uses(const Deployment& deployment, Kind kind, std::string_view name) {
  switch (kind) {
    case Kind::product:
      return std::ranges::any_of(deployment.devices,
                                 [&](const auto& each) { return each.second.product == name; });
    case Kind::device:
      return std::ranges::any_of(deployment.devices, [&](const auto& each) {
        return std::ranges::find(each.second.devices, name) != each.second.devices.end();
      });
    case Kind::pipeline: return deployment.pipeline == name;
    case Kind::model: return names_model(deployment, name);
    case Kind::deployment: break;
  }
  return false;
}

}  // namespace

std::string users_of(Kind kind, std::string_view name, const Documents& documents) {
  std::vector<std::string> users;
  for (const device::Device& device : documents.devices) {
    if (kind == Kind::product && device.is_a(name)) {
      users.push_back(called(Kind::device, device.name));
    }
  }
  for (const Deployment& deployment : documents.deployments) {
    if (uses(deployment, kind, name)) users.push_back(called(Kind::deployment, deployment.name));
  }
  std::string out;
  const std::size_t shown = std::min(users.size(), kUsersShownMax);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == users.size() ? " and " : ", ";
    out += users[i];
  }
  if (users.size() > shown) out += " and " + std::to_string(users.size() - shown) + " more";
  return out;
}

std::vector<std::string> deployments_of(std::string_view version, const Documents& documents) {
  std::vector<std::string> names;
  for (const Deployment& deployment : documents.deployments) {
    const bool used = std::ranges::any_of(deployment.fills, [&](const Fill& fill) {
      const auto* model = fill.value.get<std::string>();
      return fill.kind == Fill::Kind::model && model != nullptr && *model == version;
    });
    if (used) names.push_back(deployment.name);
  }
  return names;
}

std::vector<std::string> touched_by(const std::vector<Change>& changes, const Documents& merged,
                                    const Documents& kept) {
  std::set<State::Key> changed;
  for (const Change& change : changes) changed.emplace(change.kind, change.name);
  const auto device_changed = [&](const device::Device* device) {
    return changed.contains({Kind::device, device->name}) ||
           std::ranges::any_of(device->products, [&](const std::string& product) {
             return changed.contains({Kind::product, product});
           });
  };
  std::vector<std::string> names;
  for (const Deployment& deployment : merged.deployments) {
    // A device that is no longer selected was so before.
    if (changed.contains({Kind::deployment, deployment.name}) ||
        changed.contains({Kind::pipeline, deployment.pipeline}) ||
        std::ranges::any_of(contract::selected_devices(merged, deployment), device_changed) ||
        std::ranges::any_of(contract::selected_devices(kept, deployment), device_changed)) {
      names.push_back(deployment.name);
    }
  }
  return names;
}

std::optional<Dropped> oldest_unused(const State& state) {
  std::optional<Dropped> oldest;
  std::uint64_t generation = state.revision() + 1;
  for (const auto& [name, digests] : state.version_names()) {
    for (const KeptVersion& version : *state.versions(name) | std::views::drop(1)) {
      if (version.generation >= generation) continue;
      if (!deployments_of(name + "@" + version.digest, *state.documents()).empty()) continue;
      oldest = {name, version.digest};
      generation = version.generation;
    }
  }
  return oldest;
}

data::Value with_models(const data::Value& spec, const Deployment& deployment) {
  data::Map models;
  for (const Fill& fill : deployment.fills) {
    if (fill.kind != Fill::Kind::model) continue;
    models.emplace_back(data::Value(fill.slot), data::Value(fill.written));
  }
  if (models.empty()) return spec;
  return with_member(spec, "models", data::Value(std::move(models)));
}

std::unexpected<base::Error> unknown_resource(Kind kind, std::string_view name,
                                              const State& state) {
  std::vector<std::string_view> names;
  for (const auto& [key, row] : state.rows()) {
    if (key.first == kind) names.push_back(key.second);
  }
  return base::fail(base::Code::unknown_name,
                    "there is no " + called(kind, name) + data::suggestion(name, names));
}

}  // namespace weir::resource
