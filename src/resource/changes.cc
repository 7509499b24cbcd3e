// Documents that are applied and removed.
#include "resource/changes.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "data/json.h"
#include "resource/merge_check.h"
#include "resource/spec.h"
#include "resource/users.h"
#include "store/blobs.h"
#include "store/seal.h"

namespace weir::resource {

using base::Code;
using base::Result;
using contract::Documents;
using data::Diagnostics;

Result<Applied> Resources::Store::apply(Drafts drafts, Apply mode) {
  Applied applied;
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex);
    check(drafts, mode, applied);
    if (!applied.refused.empty()) return applied;
    TRY(changes, compare(drafts, applied));
  }
  if (changes.empty()) return applied;
  check_packages(drafts, applied.refused);
  if (applied.refused.empty()) check_starts(changes, applied.refused);
  if (mode == Apply::dry_run || !applied.refused.empty()) return applied;
  const std::lock_guard lock(mutex);
  TRY_DO(keep(changes, old_versions(changes, merged_), changes.front().row.generation));
  return applied;
}

// What there would be, as a whole.
void Resources::Store::check(Drafts& drafts, Apply mode, Applied& applied) {
  Diagnostics& refused = applied.refused;
  check_models(drafts, mode, refused);
  check_count(drafts, refused);
  VersionNames versions = state.version_names();
  for (const contract::ModelVersion& model : drafts.documents.models) {
    auto& digests = versions[model.name];
    std::erase(digests, model.version);
    digests.insert(digests.begin(), model.version);
  }
  for (contract::Deployment& deployment : drafts.documents.deployments) {
    resolve_models(deployment, drafts.documents.models, versions, refused);
  }
  if (!refused.empty()) return;

  merged_ = *state.documents();
  for (const Draft& draft : drafts.items) remove_document(draft.kind, draft.name, merged_);
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(merged_.products, drafts.documents.products);
  append(merged_.devices, drafts.documents.devices);
  append(merged_.pipelines, drafts.documents.pipelines);
  append(merged_.deployments, drafts.documents.deployments);
  append(merged_.models, drafts.documents.models);
  const Catalogues catalogues = options.catalogues ? options.catalogues() : Catalogues{};
  check_merged(merged_, *state.documents(), {catalogues, options.check_device}, refused);
  for (const contract::Pipeline& pipeline : drafts.documents.pipelines) {
    if (catalogues.empty()) break;
    refuse_model_folders(pipeline, nearest(pipeline, catalogues), refused);
  }
  const bool asks = !drafts.documents.pipelines.empty() || !drafts.documents.deployments.empty();
  if (catalogues.empty() && asks) {
    applied.notes.emplace_back(
        "operators, parameters and slots are not checked: no catalogue of operators is known yet");
  }
}

// Without `mutex`, as below: files are read. What is kept already is not asked again; what a dry
// run does not find here comes with the upload.
void Resources::Store::check_packages(const Drafts& drafts, Diagnostics& refused) {
  if (!options.check_model) return;
  const auto is_here = [this](const auto& file) { return options.blobs.has(file.second); };
  for (const contract::ModelVersion& model : drafts.documents.models) {
    const auto* const kept = state.versions(model.name);
    const bool known = kept != nullptr &&
                       std::ranges::find(*kept, model.version, &KeptVersion::digest) != kept->end();
    if (!known && std::ranges::all_of(model.files, is_here)) options.check_model(model, refused);
  }
}

// Without `mutex`: models may have to be loaded. Others only read meanwhile.
void Resources::Store::check_starts(const std::vector<Change>& changes, Diagnostics& refused) {
  if (!options.check_start) return;
  const Documents& kept = *state.documents();
  const auto deployments = touched_by(changes, merged_, kept);
  if (deployments.empty()) return;
  Diagnostics after;
  options.check_start(merged_, deployments, after);
  if (after.empty()) return;
  Diagnostics before;
  options.check_start(kept, deployments, before);
  add_new(after, before, refused);
}

// A dry run comes before the upload.
void Resources::Store::check_models(const Drafts& drafts, Apply mode, Diagnostics& refused) {
  if (mode == Apply::dry_run) return;
  for (const contract::ModelVersion& model : drafts.documents.models) {
    for (const auto& [path, digest] : model.files) {
      if (options.blobs.has(digest)) continue;
      refused.add(model.file, model.position, Code::missing,
                  "file '" + path + "' of model '" + model.name + "' is not here, expected blob " +
                      digest + " uploaded before");
    }
  }
}

void Resources::Store::check_count(const Drafts& drafts, Diagnostics& refused) {
  std::size_t count = state.rows().size();
  for (const Draft& draft : drafts.items) {
    count += state.row(draft.kind, draft.name) == nullptr ? 1 : 0;
  }
  if (count <= kResourcesMax) return;
  refused.add("", {}, Code::limit,
              std::to_string(count) + " resources with those that are kept, expected at most " +
                  std::to_string(kResourcesMax));
}

// The drafts that change something, and what becomes of each.
Result<std::vector<Change>> Resources::Store::compare(const Drafts& drafts, Applied& applied) {
  std::vector<Change> changes;
  for (const Draft& draft : drafts.items) {
    Draft resolved = draft;
    if (draft.kind == Kind::deployment) {
      const auto found =
          std::ranges::find(drafts.documents.deployments, draft.name, &contract::Deployment::name);
      resolved.spec = with_models(draft.spec, *found);
    }
    const Outcome outcome = outcome_of(resolved);
    const Row* row = state.row(draft.kind, draft.name);
    std::uint64_t generation = row == nullptr ? 0 : row->generation;
    if (outcome != Outcome::unchanged) {
      generation = state.revision() + 1;
      changes.push_back(change_of(resolved, generation));
    }
    applied.documents.push_back({draft.kind, draft.name, outcome, generation});
  }
  return changes;
}

Outcome Resources::Store::outcome_of(const Draft& draft) const {
  const Row* row = state.row(draft.kind, draft.name);
  if (row == nullptr) return Outcome::created;
  const auto kept = data::parse_json(row->spec);
  const bool same = kept && canonical(*kept) == canonical(draft.spec) &&
                    secrets_of(draft.kind, draft.name) == write_secrets(draft.user, draft.password);
  return same ? Outcome::unchanged : Outcome::changed;
}

std::string Resources::Store::secrets_of(Kind kind, std::string_view name) const {
  const Row* row = state.row(kind, name);
  if (row == nullptr || row->sealed.empty()) return "";
  const auto opened = options.seal.open_sealed(row->sealed);
  return opened ? *opened : std::string(row->sealed);  // equals no secrets: they are set anew
}

Change Resources::Store::change_of(const Draft& draft, std::uint64_t generation) const {
  Row row{.generation = generation,
          .updated_ns = options.clock.wall_ns(),
          .spec = write_spec(draft.spec)};
  const std::string secrets = write_secrets(draft.user, draft.password);
  if (!secrets.empty()) row.sealed = options.seal.seal(secrets);
  if (!draft.user.empty()) row.sealed_names.emplace_back("user");
  if (!draft.password.empty()) row.sealed_names.emplace_back("password");
  return {draft.kind, draft.name, std::move(row)};
}

// Of the models that change: versions beyond those that are kept, unless a deployment names them.
std::vector<Dropped> Resources::Store::old_versions(const std::vector<Change>& changes,
                                                    const Documents& merged) const {
  std::vector<Dropped> dropped;
  for (const Change& change : changes) {
    const auto* versions = change.kind == Kind::model ? state.versions(change.name) : nullptr;
    if (versions == nullptr) continue;
    const contract::ModelVersion* newest = merged.model(change.name);
    std::size_t kept = 1;
    for (const KeptVersion& version : *versions) {
      if (newest != nullptr && version.digest == newest->version) continue;
      const bool used = !deployments_of(change.name + "@" + version.digest, merged).empty();
      if (used || kept++ < kVersionsKeptMax) continue;
      dropped.push_back({change.name, version.digest});
    }
  }
  return dropped;
}

Result<> Resources::Store::keep(const std::vector<Change>& changes,
                                const std::vector<Dropped>& dropped, std::uint64_t revision) {
  std::vector<std::string> digests;
  for (const Dropped& each : dropped) {
    for (const KeptVersion& version : *state.versions(each.name)) {
      if (version.digest != each.digest) continue;
      for (const auto& [path, digest] : version.files) digests.push_back(digest);
    }
  }
  TRY_DO(state.store(changes, dropped, revision));
  for (const Change& change : changes) {
    options.log.write(base::Level::info, "resource", "applied",
                      {{"kind", std::string(resource::name(change.kind))},
                       {"name", change.name},
                       {"generation", std::to_string(change.row.generation)}});
  }
  remove_blobs(std::move(digests));
  return {};
}

void Resources::Store::remove_blobs(std::vector<std::string> digests) {
  for (const std::string& digest : state.unnamed(std::move(digests))) {
    if (const auto removed = options.blobs.remove(digest); !removed) {
      options.log.write(base::Level::warning, "resource", "a model's file cannot be removed",
                        {{"blob", digest}, {"reason", removed.error().message}});
    }
  }
}

Result<> Resources::Store::remove(Kind kind, std::string_view name) {
  const Row* row = state.row(kind, name);
  if (row == nullptr) return unknown_resource(kind, name, state);
  const std::string users = users_of(kind, name, *state.documents());
  if (!users.empty()) {
    return base::fail(Code::conflict, std::string(resource::name(kind)) + " '" + std::string(name) +
                                          "' is used by " + users +
                                          ", expected them to be deleted first");
  }
  std::vector<std::string> digests;
  if (const auto* versions = kind == Kind::model ? state.versions(name) : nullptr) {
    for (const KeptVersion& version : *versions) {
      for (const auto& [path, digest] : version.files) digests.push_back(digest);
    }
  }
  TRY_DO(state.erase(kind, std::string(name), state.revision() + 1));
  options.log.write(base::Level::info, "resource", "deleted",
                    {{"kind", std::string(resource::name(kind))}, {"name", std::string(name)}});
  remove_blobs(std::move(digests));
  return {};
}

bool Resources::Store::drop_oldest_version() {
  const auto oldest = oldest_unused(state);
  if (!oldest || !keep({}, {*oldest}, state.revision())) return false;
  options.log.write(base::Level::info, "resource", "dropped to make room",
                    {{"model", oldest->name}, {"version", oldest->digest}});
  return true;
}

void Resources::Store::sweep_blobs() {
  for (const auto& [name, digests] : state.version_names()) {
    for (const KeptVersion& version : *state.versions(name)) {
      if (version.files.empty()) return;  // cannot be read: who knows what it names
    }
  }
  if (auto all = options.blobs.digests()) remove_blobs(*std::move(all));
}

Resource Resources::Store::shown(Kind kind, const std::string& name, const Row& row) const {
  return {.kind = kind,
          .name = name,
          .generation = row.generation,
          .updated_ns = row.updated_ns,
          .spec = row.spec,
          .sealed = row.sealed_names};
}

}  // namespace weir::resource
