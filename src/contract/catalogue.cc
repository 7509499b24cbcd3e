// The catalogue, and what `weir operators` prints.
#include "contract/catalogue.h"

#include <algorithm>
#include <array>

#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;

namespace {

std::string listing(const Catalogue& catalogue) {
  std::size_t width = 0;
  for (const std::string_view name : catalogue.names()) width = std::max(width, name.size());
  std::string out;
  for (const Group group : kGroups) {
    out += std::string(group_name(group)) + "\n";
    for (const Contract* contract : catalogue.contracts()) {
      if (contract->group != group) continue;
      out += "  " + std::string(contract->name) +
             std::string(width - contract->name.size() + 2, ' ') + std::string(contract->summary) +
             "\n";
    }
  }
  return out;
}

}  // namespace

std::string_view group_name(Group group) {
  constexpr std::array<std::string_view, 3> kNames = {"input", "process", "output"};
  return kNames[static_cast<std::size_t>(group)];
}

Catalogue::Catalogue(std::span<const Contract* const> contracts, LeftOut left_out)
    : contracts_(contracts.begin(), contracts.end()), left_out_(left_out) {
  for (const Contract* contract : contracts_) names_.push_back(contract->name);
}

const Contract* Catalogue::find(std::string_view name) const {
  const auto found = std::ranges::find(contracts_, name, &Contract::name);
  return found == contracts_.end() ? nullptr : *found;
}

std::string Catalogue::unknown(std::string_view name) const {
  if (std::ranges::find(left_out_.names, name) != left_out_.names.end())
    return "operator '" + std::string(name) + "' " + std::string(left_out_.why);
  return "unknown operator '" + std::string(name) + "'" + data::suggestion(name, names_) +
         "; `weir operators` lists them";
}

base::Result<std::string> describe_operators(const Catalogue& catalogue, std::string_view name,
                                             Form form) {
  if (name.empty()) return form == Form::json ? to_json(catalogue) : listing(catalogue);
  const Contract* contract = catalogue.find(name);
  if (contract == nullptr) return base::fail(Code::unknown_name, catalogue.unknown(name));
  return form == Form::json ? to_json(*contract) : reference_page(*contract);
}

}  // namespace weir::contract
