// Values of any type.
#include "data/value.h"

#include <algorithm>
#include <array>

namespace weir::data {

Value::Value(List v) : v_(std::make_shared<const List>(std::move(v))) {}
Value::Value(Map v) : v_(std::make_shared<const Map>(std::move(v))) {}

const Value* Value::find(std::string_view key) const {
  const Map* map = get<Map>();
  if (map == nullptr) return nullptr;
  for (const auto& [name, value] : *map) {
    if (const auto* text = name.get<std::string>(); text != nullptr && *text == key) return &value;
  }
  return nullptr;
}

std::string Value::text_at(std::string_view key) const {
  const Value* value = find(key);
  const auto* text = value == nullptr ? nullptr : value->get<std::string>();
  return text == nullptr ? std::string() : *text;
}

std::string_view Value::type_name() const {
  constexpr std::array<std::string_view, 11> kNames = {"null",     "bool",   "int",   "uint",
                                                       "double",   "string", "bytes", "timestamp",
                                                       "duration", "list",   "map"};
  return kNames[v_.index()];
}

bool operator==(const Value& a, const Value& b) {
  if (a.v_.index() != b.v_.index()) return false;
  if (const List* list = a.get<List>()) return *list == *b.get<List>();
  const Map* map = a.get<Map>();
  if (map == nullptr) return a.v_ == b.v_;
  const Map& other = *b.get<Map>();
  return map->size() == other.size() && std::ranges::all_of(*map, [&](const auto& entry) {
           return std::ranges::find(other, entry) != other.end();
         });
}

}  // namespace weir::data
