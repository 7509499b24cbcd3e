// State: what Resources keeps in memory, and how it is read from and written to the database.
//
// Not thread-safe: Resources holds its lock. The database is written first; memory follows when the
// transaction is through.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "resource/draft.h"
#include "resource/merge_check.h"
#include "resource/resources.h"

namespace weir::resource {

struct Row {
  std::uint64_t generation = 0;
  std::int64_t updated_ns = 0;
  std::string spec = {};
  std::string sealed = {};                     // as in the database; "" none
  std::vector<std::string> sealed_names = {};  // of the secrets
};

struct KeptVersion {
  std::string digest = {};
  std::int64_t applied_ns = 0;
  std::uint64_t generation = 0;
  std::string spec = {};
  std::map<std::string, std::string> files = {};
};

// One resource that is created or changed.
struct Change {
  Kind kind = Kind::product;
  std::string name = {};
  Row row = {};
};

// Versions that go because newer ones came.
struct Dropped {
  std::string name, digest;
};

class State {
 public:
  using Key = std::pair<Kind, std::string>;

  explicit State(const Resources::Options& options) : options_(options) {}

  base::Result<> load();
  // In one transaction, with the revision that the rows carry.
  base::Result<> store(const std::vector<Change>& changes, const std::vector<Dropped>& dropped,
                       std::uint64_t revision);
  base::Result<> erase(Kind kind, const std::string& name, std::uint64_t revision);

  const std::map<Key, Row>& rows() const { return rows_; }
  const Row* row(Kind kind, std::string_view name) const;
  // The newest first; null where there is no such model.
  const std::vector<KeptVersion>* versions(std::string_view model) const;
  VersionNames version_names() const;
  std::uint64_t revision() const { return revision_; }
  const std::shared_ptr<const contract::Documents>& documents() const { return documents_; }

  // Digests that no version of any model names, of those given.
  std::vector<std::string> unnamed(std::vector<std::string> digests) const;

 private:
  base::Result<> load_rows();
  base::Result<> load_versions();
  void remember(const Change& change);
  void put_document(Kind kind, std::string_view name, const Row& row,
                    contract::Documents& documents);
  void finish_documents(contract::Documents documents);

  const Resources::Options& options_;
  std::map<Key, Row> rows_;
  std::map<std::string, std::vector<KeptVersion>, std::less<>> versions_;
  std::uint64_t revision_ = 0;
  std::shared_ptr<const contract::Documents> documents_ =
      std::make_shared<const contract::Documents>();
};

// Secrets as they are sealed: JSON; "" where there are none.
std::string write_secrets(const device::Secret& user, const device::Secret& password);

// Removes a document of a kind.
void remove_document(Kind kind, std::string_view name, contract::Documents& documents);

}  // namespace weir::resource
