// What operators the nodes have, as they report it.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "contract/catalogue_read.h"
#include "hub/nodes.h"

namespace weir::hub {

using base::Code;
using base::fail;
using base::Result;
using store::Statement;

Result<std::string> Nodes::catalogue_json(std::string_view name) const {
  TRY(const std::int64_t number, this->number(name));
  TRY(Statement find, database_.prepare("SELECT catalogue FROM node WHERE number = ?"));
  find.bind(1, number);
  TRY(const bool found, find.step());
  if (found && !find.is_null(0)) return std::string(find.text(0));
  return fail(Code::unknown_name, fmt::format("node '{}' has reported no catalogue yet", name));
}

std::vector<std::shared_ptr<const contract::Catalogue>> Nodes::catalogues() const {
  std::vector<std::shared_ptr<const contract::Catalogue>> out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [digest, catalogue] : catalogues_) out.push_back(catalogue);
  }
  std::ranges::stable_sort(out, std::greater(),
                           [](const auto& each) { return each->names().size(); });
  return out;
}

Result<> Nodes::use_catalogue(const std::string& digest, std::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    if (catalogues_.contains(digest)) return {};
    if (catalogues_.size() >= kCataloguesMax) {
      return fail(Code::limit,
                  fmt::format("{} different ones are used, no more are kept", kCataloguesMax));
    }
  }
  TRY(auto read, contract::read_catalogue(json));
  const std::lock_guard lock(mutex_);
  catalogues_.emplace(digest, std::move(read));
  return {};
}

void Nodes::warn_unused(std::string_view node, const base::Error& why) {
  log_.write(base::Level::warning, "nodes", "a node's catalogue is not used",
             {{"node", std::string(node)}, {"reason", why.message}});
}

// Those that no node has any more. The caller holds the lock.
void Nodes::drop_catalogues() {
  std::set<std::string_view> used;
  for (const auto& [name, entry] : entries_) used.insert(entry.catalogue_digest);
  std::erase_if(catalogues_, [&](const auto& each) { return !used.contains(each.first); });
}

}  // namespace weir::hub
