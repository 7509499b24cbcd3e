// Numbers for names and back.
#include "data/dictionary.h"

#include "base/check.h"

namespace weir::data {

std::uint32_t Dictionary::id(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(names_.size());
  ids_.emplace(names_.emplace_back(name), id);
  return id;
}

std::optional<std::uint32_t> Dictionary::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::string_view Dictionary::name(std::uint32_t id) const {
  const std::lock_guard lock(mutex_);
  CHECK(id < names_.size());
  return names_[id];
}

std::size_t Dictionary::size() const {
  const std::lock_guard lock(mutex_);
  return names_.size();
}

}  // namespace weir::data
