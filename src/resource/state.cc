// What is kept, in memory and in the database.
#include "resource/state.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "base/check.h"
#include "base/log.h"
#include "data/json.h"
#include "store/database.h"
#include "store/seal.h"

namespace weir::resource {

using base::Code;
using base::Result;
using contract::Documents;
using data::Diagnostics;
using data::Value;

namespace {

template <class T>
void remove_named(std::vector<T>& items, std::string_view name) {
  std::erase_if(items, [&](const T& item) { return item.name == name; });
}

// Files of a version's spec.
std::map<std::string, std::string> files_of(std::string_view model, std::string_view spec) {
  Documents documents;
  Diagnostics mistakes;
  read_kept(Kind::model, model, spec, documents, mistakes);
  if (documents.models.empty()) return {};
  return std::move(documents.models.front().files);
}

std::string version_of(std::string_view model, std::string_view spec) {
  Documents documents;
  Diagnostics mistakes;
  read_kept(Kind::model, model, spec, documents, mistakes);
  return documents.models.empty() ? "" : documents.models.front().version;
}

}  // namespace

std::string write_secrets(const device::Secret& user, const device::Secret& password) {
  data::Map map;
  if (!user.empty()) map.emplace_back(Value("user"), Value(user.reveal()));
  if (!password.empty()) map.emplace_back(Value("password"), Value(password.reveal()));
  if (map.empty()) return "";
  std::string out;
  data::append_json(out, Value(std::move(map)));
  return out;
}

void remove_document(Kind kind, std::string_view name, Documents& documents) {
  switch (kind) {
    case Kind::product: return remove_named(documents.products, name);
    case Kind::device: return remove_named(documents.devices, name);
    case Kind::pipeline: return remove_named(documents.pipelines, name);
    case Kind::deployment: return remove_named(documents.deployments, name);
    case Kind::model: return remove_named(documents.models, name);
  }
}

Result<> State::load() {
  TRY(auto find, options_.database.prepare("SELECT revision FROM resource_revision"));
  TRY(const bool found, find.step());
  if (!found) return base::fail(Code::corrupt, "the table resource_revision is empty");
  revision_ = static_cast<std::uint64_t>(find.int64(0));
  TRY_DO(load_versions());
  return load_rows();
}

Result<> State::load_versions() {
  TRY(auto rows, options_.database.prepare("SELECT name, version, applied_ns, generation, spec "
                                           "FROM model_version ORDER BY name, generation DESC"));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return {};
    KeptVersion version{.digest = std::string(rows.text(1)),
                        .applied_ns = rows.int64(2),
                        .generation = static_cast<std::uint64_t>(rows.int64(3)),
                        .spec = std::string(rows.text(4))};
    version.files = files_of(rows.text(0), version.spec);
    versions_[std::string(rows.text(0))].push_back(std::move(version));
  }
}

Result<> State::load_rows() {
  TRY(auto rows, options_.database.prepare(
                     "SELECT kind, name, generation, updated_ns, spec, sealed FROM resource"));
  Documents documents;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) break;
    const auto kind = parse_kind(rows.text(0));
    std::string name(rows.text(1));
    if (!kind) {
      options_.log.write(base::Level::warning, "resource", "a row of an unknown kind is left",
                         {{"kind", std::string(rows.text(0))}, {"name", name}});
      continue;
    }
    Row row{.generation = static_cast<std::uint64_t>(rows.int64(2)),
            .updated_ns = rows.int64(3),
            .spec = std::string(rows.text(4)),
            .sealed = std::string(rows.text(5))};
    if (!row.sealed.empty()) {
      const auto opened = options_.seal.open_sealed(row.sealed);
      const auto secrets = opened ? data::parse_json(*opened) : Result<Value>(Value());
      for (const std::string_view secret : {"user", "password"}) {
        if (secrets && !secrets->text_at(secret).empty()) row.sealed_names.emplace_back(secret);
      }
    }
    put_document(*kind, name, row, documents);
    rows_.emplace(Key(*kind, std::move(name)), std::move(row));
  }
  finish_documents(std::move(documents));
  return {};
}

// Adds the document of a row, with its secrets; one that cannot be read is told and left out.
void State::put_document(Kind kind, std::string_view name, const Row& row, Documents& documents) {
  const auto leave_out = [&](std::string reason) {
    options_.log.write(base::Level::error, "resource",
                       "what is kept cannot be read; it is left out until it is applied again",
                       {{"kind", std::string(resource::name(kind))},
                        {"name", std::string(name)},
                        {"reason", std::move(reason)}});
  };
  std::optional<Value> secrets;
  if (!row.sealed.empty()) {
    const auto opened = options_.seal.open_sealed(row.sealed);
    if (!opened) return leave_out(opened.error().message);
    const auto parsed = data::parse_json(*opened);
    if (!parsed) return leave_out("its secrets are no JSON");  // the message would show them
    secrets = *parsed;
  }
  Documents one;
  Diagnostics mistakes;
  read_kept(kind, name, row.spec, one, mistakes);
  if (!mistakes.empty()) return leave_out(mistakes.first().message);
  if (secrets && !one.devices.empty()) {
    one.devices.front().user = device::Secret(secrets->text_at("user"));
    one.devices.front().password = device::Secret(secrets->text_at("password"));
  }
  const auto append = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(documents.products, one.products);
  append(documents.devices, one.devices);
  append(documents.pipelines, one.pipelines);
  append(documents.deployments, one.deployments);
  append(documents.models, one.models);
}

// A deployment that names a model means its newest version: told as that one.
void State::finish_documents(Documents documents) {
  const VersionNames names = version_names();
  for (contract::Deployment& deployment : documents.deployments) {
    Diagnostics mistakes;
    resolve_models(deployment, {}, names, mistakes);
    if (mistakes.empty()) continue;
    options_.log.write(base::Level::error, "resource", mistakes.items().front().message,
                       {{"deployment", deployment.name}});
  }
  documents_ = std::make_shared<const Documents>(std::move(documents));
}

Result<> State::store(const std::vector<Change>& changes, const std::vector<Dropped>& dropped,
                      std::uint64_t revision) {
  TRY_DO(options_.database.transaction([&]() -> Result<> {
    store::Database& database = options_.database;
    TRY(auto put,
        database.prepare("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, name) "
                         "DO UPDATE SET generation = ?3, updated_ns = ?4, spec = ?5, sealed = ?6"));
    TRY(auto put_version,
        database.prepare("INSERT INTO model_version VALUES (?, ?, ?, ?, ?) ON CONFLICT "
                         "(name, version) DO UPDATE SET applied_ns = ?3, generation = ?4, "
                         "spec = ?5"));
    for (const Change& change : changes) {
      const Row& row = change.row;
      put.bind(1, resource::name(change.kind)).bind(2, change.name).bind(3, row.generation);
      put.bind(4, row.updated_ns).bind(5, row.spec);
      row.sealed.empty() ? put.bind(6, nullptr) : put.bind(6, row.sealed);
      TRY_DO(put.run());
      if (change.kind != Kind::model) continue;
      put_version.bind(1, change.name).bind(2, version_of(change.name, row.spec));
      put_version.bind(3, row.updated_ns).bind(4, row.generation).bind(5, row.spec);
      TRY_DO(put_version.run());
    }
    TRY(auto drop, database.prepare("DELETE FROM model_version WHERE name = ? AND version = ?"));
    for (const Dropped& each : dropped) {
      TRY_DO(drop.bind(1, each.name).bind(2, each.digest).run());
    }
    TRY(auto raise, database.prepare("UPDATE resource_revision SET revision = ?"));
    return raise.bind(1, revision).run();
  }));
  for (const Change& change : changes) remember(change);
  for (const Dropped& each : dropped) {
    std::erase_if(versions_[each.name],
                  [&](const KeptVersion& version) { return version.digest == each.digest; });
  }
  revision_ = revision;
  Documents documents = *documents_;
  for (const Change& change : changes) {
    remove_document(change.kind, change.name, documents);
    put_document(change.kind, change.name, change.row, documents);
  }
  finish_documents(std::move(documents));
  return {};
}

void State::remember(const Change& change) {
  rows_[Key(change.kind, change.name)] = change.row;
  if (change.kind != Kind::model) return;
  std::vector<KeptVersion>& versions = versions_[change.name];
  KeptVersion newest{.digest = version_of(change.name, change.row.spec),
                     .applied_ns = change.row.updated_ns,
                     .generation = change.row.generation,
                     .spec = change.row.spec,
                     .files = files_of(change.name, change.row.spec)};
  std::erase_if(versions,
                [&](const KeptVersion& version) { return version.digest == newest.digest; });
  versions.insert(versions.begin(), std::move(newest));
}

Result<> State::erase(Kind kind, const std::string& name, std::uint64_t revision) {
  TRY_DO(options_.database.transaction([&]() -> Result<> {
    store::Database& database = options_.database;
    TRY(auto remove, database.prepare("DELETE FROM resource WHERE kind = ? AND name = ?"));
    TRY_DO(remove.bind(1, resource::name(kind)).bind(2, name).run());
    if (kind == Kind::model) {
      TRY(auto versions, database.prepare("DELETE FROM model_version WHERE name = ?"));
      TRY_DO(versions.bind(1, name).run());
    }
    TRY(auto raise, database.prepare("UPDATE resource_revision SET revision = ?"));
    return raise.bind(1, revision).run();
  }));
  rows_.erase(Key(kind, name));
  if (kind == Kind::model) versions_.erase(name);
  revision_ = revision;
  Documents documents = *documents_;
  remove_document(kind, name, documents);
  finish_documents(std::move(documents));
  return {};
}

const Row* State::row(Kind kind, std::string_view name) const {
  const auto found = rows_.find(Key(kind, std::string(name)));
  return found == rows_.end() ? nullptr : &found->second;
}

const std::vector<KeptVersion>* State::versions(std::string_view model) const {
  const auto found = versions_.find(model);
  return found == versions_.end() ? nullptr : &found->second;
}

VersionNames State::version_names() const {
  VersionNames names;
  for (const auto& [name, versions] : versions_) {
    for (const KeptVersion& version : versions) names[name].push_back(version.digest);
  }
  return names;
}

std::vector<std::string> State::unnamed(std::vector<std::string> digests) const {
  std::set<std::string_view> named;
  for (const auto& [name, versions] : versions_) {
    for (const KeptVersion& version : versions) {
      for (const auto& [path, digest] : version.files) named.insert(digest);
    }
  }
  std::erase_if(digests, [&](const std::string& digest) { return named.contains(digest); });
  return digests;
}

}  // namespace weir::resource
