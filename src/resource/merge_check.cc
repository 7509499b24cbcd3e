// Checks of new documents among kept ones.
#include "resource/merge_check.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "contract/check.h"
#include "contract/param.h"
#include "contract/resolve.h"
#include "data/yaml_map.h"
#include "resource/draft.h"

namespace weir::resource {

using base::Code;
using contract::Catalogue;
using contract::Documents;
using data::Diagnostic;
using data::Diagnostics;

namespace {

void check_drivers(const Documents& documents, const Checks& checks, Diagnostics& diagnostics) {
  if (!checks.device) return;
  for (const device::Device& device : documents.devices) {
    if (diagnostics.size() >= contract::kMistakesMax) return;
    checks.device(device, diagnostics);
  }
}

void check_all(const Documents& documents, const Checks& checks, Diagnostics& diagnostics) {
  check_drivers(documents, checks, diagnostics);
  if (!checks.catalogues.empty()) {
    return check_with_any(documents, checks.catalogues, diagnostics);
  }
  for (const device::Device& device : documents.devices) {
    if (diagnostics.size() >= contract::kMistakesMax) return;
    contract::check_device(device, documents, diagnostics);
  }
  for (const contract::Deployment& deployment : documents.deployments) {
    if (diagnostics.size() >= contract::kMistakesMax) return;
    contract::check_references(deployment, documents, diagnostics);
  }
}

// Kept documents have no places a person knows.
Diagnostic without_place(Diagnostic item) {
  item.position = {};
  return item;
}

const contract::ModelVersion* sent_from(std::string_view folder,
                                        const std::vector<contract::ModelVersion>& sent) {
  const auto found = std::ranges::find_if(sent, [&](const contract::ModelVersion& model) {
    return !model.folder.empty() && model.folder == folder;
  });
  return found == sent.end() ? nullptr : &*found;
}

// The digest that a reference stands for; "" where there is none.
std::string find_version(const contract::ModelReference& reference, const VersionNames& versions) {
  const auto found = versions.find(reference.name);
  if (found == versions.end() || found->second.empty()) return "";
  if (reference.version.empty()) return found->second.front();
  return std::ranges::find(found->second, reference.version) == found->second.end()
             ? ""
             : reference.version;
}

std::string unknown_model(const std::string& written, const VersionNames& versions) {
  const auto reference = contract::parse_model_reference(written);
  if (reference && versions.contains(reference->name)) {
    return "model '" + reference->name + "' is not kept in version " + reference->version +
           ", expected one of its versions that are kept";
  }
  std::vector<std::string_view> names;
  for (const auto& [name, digests] : versions) names.push_back(name);
  return "unknown model '" + written + "'" + data::suggestion(written, names) +
         ", expected a model's folder that is sent along, or the name of a model that is kept";
}

}  // namespace

void check_merged(const Documents& merged, const Documents& kept, const Checks& checks,
                  Diagnostics& diagnostics) {
  Diagnostics after;
  check_all(merged, checks, after);
  if (after.empty()) return;
  Diagnostics before;
  check_all(kept, checks, before);
  add_new(after, before, diagnostics);
}

void add_new(const Diagnostics& after, const Diagnostics& before, Diagnostics& diagnostics) {
  std::set<std::string, std::less<>> known;
  for (const Diagnostic& item : before.items()) known.insert(to_string(item));
  const std::size_t found = diagnostics.size();
  for (const Diagnostic& item : after.items()) {
    if (!is_kept_file(item.file)) {
      diagnostics.add(item);
    } else if (!known.contains(to_string(item))) {
      diagnostics.add(without_place(item));
    }
  }
  // Those that are only counted stay counted.
  for (std::size_t i = after.items().size(); i < after.size(); ++i) {
    if (diagnostics.size() >= Diagnostics::kItemsMax) diagnostics.add(after.items().back());
  }
  if (diagnostics.size() == found && after.size() > before.size()) {
    diagnostics.add("", {}, Code::conflict,
                    "more mistakes than can be shown would be in what is kept, expected none");
  }
}

void refuse_model_folders(const contract::Pipeline& pipeline, const Catalogue& catalogue,
                          Diagnostics& diagnostics) {
  for (const contract::Step& step : pipeline.steps) {
    const contract::Contract* contract = catalogue.find(step.operator_name);
    if (contract == nullptr) continue;
    for (const contract::Argument& argument : step.arguments) {
      const contract::Param* param = contract::find_param(*contract, argument.name);
      if (param == nullptr || param->type != contract::Type::model ||
          contract::kind_of(*param, argument) != contract::Argument::Kind::literal) {
        continue;
      }
      diagnostics.add(pipeline.file, argument.value.position(), Code::invalid,
                      "'" + argument.name + "' of '" + step.id + "' is " +
                          describe(argument.value) +
                          ", expected a $slot: a deployment says which model fills it");
    }
  }
}

void resolve_models(contract::Deployment& deployment,
                    const std::vector<contract::ModelVersion>& sent, const VersionNames& versions,
                    Diagnostics& diagnostics) {
  for (contract::Fill& fill : deployment.fills) {
    if (fill.kind != contract::Fill::Kind::model) continue;
    const auto* folder = fill.value.get<std::string>();
    if (const auto* model = folder == nullptr ? nullptr : sent_from(*folder, sent)) {
      fill.written = model->name + "@" + model->version;
    }
    const auto reference = contract::parse_model_reference(fill.written);
    const std::string version = reference ? find_version(*reference, versions) : "";
    if (!version.empty()) {
      fill.value = data::Value(reference->name + "@" + version);
    } else {
      diagnostics.add(deployment.file, fill.position, Code::unknown_name,
                      unknown_model(fill.written, versions));
    }
  }
}

}  // namespace weir::resource
