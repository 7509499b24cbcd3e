// Names of parameter types; regions and lists of names as values.
#include "contract/contract.h"

#include <array>

#include "base/check.h"

namespace weir::contract {

std::string_view name(Type type) {
  constexpr std::array<std::string_view, kTypeCount> kNames = {
      "bool",   "int64",      "float64", "string", "duration", "choice",
      "column", "expression", "region",  "model",  "path",     "list<string>"};
  return kNames[static_cast<std::size_t>(type)];
}

namespace detail {

data::Value to_value(const Region& region) {
  data::List points;
  for (const data::Point& point : region.points) {
    points.push_back(data::List{data::Value(point.x), data::Value(point.y)});
  }
  return points;
}

data::Value to_value(const Names& names) {
  return data::List(names.begin(), names.end());
}

Region to_region(const data::Value& value) {
  const data::List* points = value.get<data::List>();
  CHECK(points != nullptr);
  Region region;
  for (const data::Value& item : *points) {
    const data::List* pair = item.get<data::List>();
    CHECK(pair != nullptr && pair->size() == 2);
    const double* x = (*pair)[0].get<double>();
    const double* y = (*pair)[1].get<double>();
    CHECK(x != nullptr && y != nullptr);
    region.points.push_back({*x, *y});
  }
  return region;
}

Names to_names(const data::Value& value) {
  const data::List* list = value.get<data::List>();
  CHECK(list != nullptr);
  Names names;
  for (const data::Value& item : *list) {
    const auto* text = item.get<std::string>();
    CHECK(text != nullptr);
    names.push_back(*text);
  }
  return names;
}

}  // namespace detail
}  // namespace weir::contract
