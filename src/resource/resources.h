// Resources: the products, devices, pipelines, deployments and models that a node or a hub keeps,
// in SQLite.
//
// Thread-safe. `apply` takes what people write, a YAML stream of documents, checks it whole
// together with what is kept, and keeps all of it in one transaction or nothing. The store's
// `revision` counts transactions that changed anything; a resource's `generation` is the revision
// of its last change, so that it only grows, even when a resource is deleted and made anew. What
// only looks different (order of keys, comments, YAML or JSON) is no change.
//
// `user` and `password` of a device's `connect` are kept sealed, apart from its spec, and come back
// in documents() alone: no spec, message, log line or file shows them.
//
// A model is kept in versions, named by the digest of their files (model.h); the files are blobs. A
// deployment names a model, which means its newest version, or one version: `intrusion@sha256:…`.
//
// A text may be made of several files: a line `#%weir file NAME` begins the next one (bundle.h
// writes such texts), and messages tell places in each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "resource/catalogue_check.h"
#include "resource/kind.h"

namespace weir::base {
class Clock;
class Log;
}  // namespace weir::base
namespace weir::store {
class Blobs;
class Database;
class Seal;
}  // namespace weir::store

namespace weir::resource {

constexpr std::size_t kApplyBytesMax = 1024 * 1024;  // of a text that is applied
constexpr std::size_t kResourcesMax = 20'000;        // of all kinds together
constexpr std::size_t kListMax = 1'000;              // resources in one answer of list()
constexpr std::size_t kVersionsKeptMax = 10;  // of a model, beside those that deployments name

// A version of a model.
struct Version {
  std::string digest;                     // "sha256:…" of its files: model.h
  std::int64_t applied_ns = 0;            // when it last became the newest
  std::vector<std::string> used_by = {};  // names of the deployments that name it
};

// A resource as it may be shown: without secrets.
struct Resource {
  Kind kind = Kind::product;
  std::string name = {};
  std::uint64_t generation = 0;
  std::int64_t updated_ns = 0;
  std::string spec = {};                 // its document, JSON
  std::vector<std::string> sealed = {};  // which secrets are kept beside it: "user", "password"
  std::vector<Version> versions = {};    // of a model, the newest first; left out in lists
};

enum class Outcome : std::uint8_t { created, changed, unchanged };
std::string_view name(Outcome outcome);

// What became, or would become, of a document.
struct AppliedDocument {
  Kind kind = Kind::product;
  std::string name = {};
  Outcome outcome = Outcome::unchanged;
  std::uint64_t generation = 0;
};

struct Applied {
  std::vector<AppliedDocument> documents = {};  // in the order written
  std::vector<std::string> notes = {};          // what was not checked, and why
  data::Diagnostics refused = {};               // not empty: nothing was kept

  bool changes() const;
};

// What was kept at one moment.
struct Kept {
  std::shared_ptr<const contract::Documents> documents;  // as Resources::documents() tells them
  std::map<std::pair<Kind, std::string>, std::uint64_t> generations = {};
};

enum class Apply : std::uint8_t { keep, dry_run };  // a dry run keeps nothing and asks for no blobs

class Resources {
 public:
  // Those that are known now; what one of them allows is taken (catalogue_check.h). With none,
  // pipelines and deployments are kept unchecked, with a note.
  using CatalogueSource = std::function<Catalogues()>;
  // What only who runs the documents can tell; each adds what is wrong, each mistake at its place.
  // Of a device, whether its driver takes what it is given.
  using DeviceCheck = std::function<void(const device::Device&, data::Diagnostics&)>;
  // Of a model, whether its files, which are blobs here, can be one.
  using ModelCheck = std::function<void(const contract::ModelVersion&, data::Diagnostics&)>;
  // Whether these deployments, of checked documents, would start. Takes as long as it must, while
  // others read what is kept.
  using StartCheck = std::function<void(
      const contract::Documents&, const std::vector<std::string>& deployments, data::Diagnostics&)>;

  // The tables are those of schema.h. What is given outlives the resources.
  struct Options {
    store::Database& database;
    const store::Seal& seal;
    store::Blobs& blobs;
    CatalogueSource catalogues;
    const base::Clock& clock;
    base::Log& log;
    DeviceCheck check_device = {};  // empty: devices are kept without
    ModelCheck check_model = {};    // empty: models are kept without
    StartCheck check_start = {};    // empty: deployments are kept without
  };

  // Reads what is kept. A resource that cannot be read (the key of the seal is gone, a damaged row)
  // is told in the log and left out of documents(). Blobs that no model names (an upload that was
  // never applied, a removal that was cut off) are removed.
  static base::Result<std::unique_ptr<Resources>> open(Options options);
  ~Resources();

  // `file` is the name of the text's first part in messages. Errors: timeout (another change is
  // under way for long), those of the store; mistakes in the text are in Applied::refused.
  base::Result<Applied> apply(std::string_view text, std::string_view file, Apply mode);

  // Error: unknown_name.
  base::Result<Resource> get(Kind kind, std::string_view name) const;
  // By name; at most `count`, and no more than kListMax, of those after `after`.
  std::vector<Resource> list(Kind kind, std::string_view after = {},
                             std::size_t count = kListMax) const;
  // Errors: unknown_name; conflict where others use it, naming them; timeout as of apply().
  base::Result<> remove(Kind kind, std::string_view name);

  // All documents, with secrets; immutable, so that one reader may hold them while others change
  // what is kept. A model that fills a slot is told as one version, `name@sha256:…`.
  std::shared_ptr<const contract::Documents> documents() const;
  // The same with the generation of each, for who must know which state a document is of.
  Kept kept() const;
  std::uint64_t revision() const;

  // A folder with the files of a model, `name` or `name@sha256:…`, made below `folder` where it is
  // not there yet: hard links to blobs, or copies where links cannot be. Returns its path, which
  // names the version. Errors: unknown_name; missing where a blob is gone.
  base::Result<std::string> materialize(std::string_view model, const std::string& folder) const;

  // Removes what materialize() made in `folder` of models and versions that are no longer kept. Who
  // has their files open goes on with them.
  void sweep(const std::string& folder) const;

  // For an upload that has come to the quota of the blobs: drops the one version that was newest
  // longest ago, of those that are not the newest of their model and that no deployment names.
  // Whether there was one.
  bool make_room();

  // Called after each change, by the thread that made it, without a lock. Set before others use
  // this object.
  void on_change(std::function<void()> call);

 private:
  struct Store;
  explicit Resources(std::unique_ptr<Store> store);
  std::unique_ptr<Store> store_;
};

}  // namespace weir::resource
