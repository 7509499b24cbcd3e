// Names of kinds.
#include "resource/kind.h"

#include <algorithm>
#include <cstddef>

namespace weir::resource {

std::string_view name(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::string_view plural(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)].plural;
}

std::optional<Kind> parse_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &KindName::name);
  if (found == kKinds.end()) return std::nullopt;
  return found->kind;
}

std::optional<Kind> parse_kind_argument(std::string_view word) {
  for (const KindName& each : kKinds) {
    const std::string_view singular = each.plural.substr(0, each.plural.size() - 1);
    if (word == each.name || word == each.plural || word == singular) return each.kind;
  }
  return std::nullopt;
}

}  // namespace weir::resource
