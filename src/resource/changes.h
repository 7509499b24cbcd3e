// What Resources holds, and how it changes: documents are checked together, kept in one transaction
// or not at all, and old versions of models go. For resources.cc alone.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resource/resources.h"
#include "resource/state.h"

namespace weir::resource {

struct Resources::Store {
  explicit Store(Options given) : options(std::move(given)), state(options) {}

  base::Result<Applied> apply(Drafts drafts, Apply mode);
  base::Result<> remove(Kind kind, std::string_view name);
  bool drop_oldest_version();
  void sweep_blobs();
  Resource shown(Kind kind, const std::string& name, const Row& row) const;

  const Options options;
  std::timed_mutex writing;              // one change at a time; taken before `mutex`
  mutable std::mutex mutex;              // guards state
  mutable std::mutex materialize_mutex;  // one folder of models at a time
  State state;
  std::function<void()> changed;

 private:
  void check(Drafts& drafts, Apply mode, Applied& applied);
  void check_models(const Drafts& drafts, Apply mode, data::Diagnostics& refused);
  void check_count(const Drafts& drafts, data::Diagnostics& refused);
  base::Result<std::vector<Change>> compare(const Drafts& drafts, Applied& applied);
  void check_packages(const Drafts& drafts, data::Diagnostics& refused);
  void check_starts(const std::vector<Change>& changes, data::Diagnostics& refused);
  Change change_of(const Draft& draft, std::uint64_t generation) const;
  Outcome outcome_of(const Draft& draft) const;
  std::string secrets_of(Kind kind, std::string_view name) const;
  std::vector<Dropped> old_versions(const std::vector<Change>& changes,
                                    const contract::Documents& merged) const;
  base::Result<> keep(const std::vector<Change>& changes, const std::vector<Dropped>& dropped,
                      std::uint64_t revision);
  void remove_blobs(std::vector<std::string> digests);

  contract::Documents merged_;  // of the apply that runs
};

}  // namespace weir::resource
