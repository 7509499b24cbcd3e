// Resources: what others see of what is kept, one caller at a time.
#include "resource/resources.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "resource/changes.h"
#include "resource/materialize.h"
#include "resource/users.h"

namespace weir::resource {

using base::Result;
using contract::Documents;
using data::Diagnostics;

namespace {

// The change before may load models, which takes seconds: who waits for it keeps a thread from
// others.
constexpr std::chrono::seconds kTurnWait{1};

std::unexpected<base::Error> busy() {
  return base::fail(base::Code::timeout,
                    "another change of resources is under way, nothing was changed; try again");
}

}  // namespace

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::created: return "created";
    case Outcome::changed: return "changed";
    case Outcome::unchanged: break;
  }
  return "unchanged";
}

bool Applied::changes() const {
  return std::ranges::any_of(documents, [](const AppliedDocument& document) {
    return document.outcome != Outcome::unchanged;
  });
}

Resources::Resources(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Resources::~Resources() = default;

Result<std::unique_ptr<Resources>> Resources::open(Options options) {
  auto store = std::make_unique<Store>(std::move(options));
  TRY_DO(store->state.load());
  store->sweep_blobs();
  return std::unique_ptr<Resources>(new Resources(std::move(store)));
}

Result<Applied> Resources::apply(std::string_view text, std::string_view file, Apply mode) {
  Diagnostics mistakes;
  Drafts drafts = read_drafts(text, file, mistakes);
  if (!mistakes.empty()) return Applied{.refused = std::move(mistakes)};
  Result<Applied> applied;
  {
    const std::unique_lock turn(store_->writing, kTurnWait);
    if (!turn) return busy();
    applied = store_->apply(std::move(drafts), mode);
  }
  const bool kept = applied && mode == Apply::keep && applied->refused.empty();
  if (kept && applied->changes() && store_->changed) store_->changed();
  return applied;
}

Result<Resource> Resources::get(Kind kind, std::string_view name) const {
  const std::lock_guard lock(store_->mutex);
  const State& state = store_->state;
  const Row* row = state.row(kind, name);
  if (row == nullptr) return unknown_resource(kind, name, state);
  Resource resource = store_->shown(kind, std::string(name), *row);
  const auto* versions = kind == Kind::model ? state.versions(name) : nullptr;
  if (versions == nullptr) return resource;
  for (const KeptVersion& version : *versions) {
    const std::string reference = std::string(name) + "@" + version.digest;
    resource.versions.push_back({.digest = version.digest,
                                 .applied_ns = version.applied_ns,
                                 .used_by = deployments_of(reference, *state.documents())});
  }
  return resource;
}

std::vector<Resource> Resources::list(Kind kind, std::string_view after, std::size_t count) const {
  const std::lock_guard lock(store_->mutex);
  const auto& rows = store_->state.rows();
  std::vector<Resource> resources;
  const State::Key from(kind, std::string(after));
  for (auto at = after.empty() ? rows.lower_bound(from) : rows.upper_bound(from);
       at != rows.end() && at->first.first == kind && resources.size() < std::min(count, kListMax);
       ++at) {
    resources.push_back(store_->shown(kind, at->first.second, at->second));
  }
  return resources;
}

Result<> Resources::remove(Kind kind, std::string_view name) {
  {
    const std::unique_lock turn(store_->writing, kTurnWait);
    if (!turn) return busy();
    const std::lock_guard lock(store_->mutex);
    TRY_DO(store_->remove(kind, name));
  }
  if (store_->changed) store_->changed();
  return {};
}

std::shared_ptr<const Documents> Resources::documents() const {
  const std::lock_guard lock(store_->mutex);
  return store_->state.documents();
}

Kept Resources::kept() const {
  const std::lock_guard lock(store_->mutex);
  Kept kept{.documents = store_->state.documents()};
  for (const auto& [key, row] : store_->state.rows()) kept.generations[key] = row.generation;
  return kept;
}

std::uint64_t Resources::revision() const {
  const std::lock_guard lock(store_->mutex);
  return store_->state.revision();
}

Result<std::string> Resources::materialize(std::string_view model,
                                           const std::string& folder) const {
  ModelFiles files;
  {
    const std::lock_guard lock(store_->mutex);
    TRY(files, files_of(model, store_->state));
  }
  const std::lock_guard lock(store_->materialize_mutex);
  return resource::materialize(files, store_->options.blobs, folder);
}

void Resources::sweep(const std::string& folder) const {
  const std::lock_guard lock(store_->materialize_mutex);
  VersionNames kept;
  {
    const std::lock_guard reading(store_->mutex);
    kept = store_->state.version_names();
  }
  remove_unkept(kept, folder);
}

bool Resources::make_room() {
  {
    const std::scoped_lock lock(store_->writing, store_->mutex);
    if (!store_->drop_oldest_version()) return false;
  }
  if (store_->changed) store_->changed();  // the version's folder may go, too
  return true;
}

void Resources::on_change(std::function<void()> call) {
  store_->changed = std::move(call);
}

}  // namespace weir::resource
