// Types of expressions.
#include "expr/types.h"

#include <algorithm>
#include <array>

namespace weir::expr {
namespace {

constexpr std::array kKinds = {Kind::null,     Kind::boolean, Kind::int64, Kind::uint64,
                               Kind::float64,  Kind::string,  Kind::bytes, Kind::timestamp,
                               Kind::duration, Kind::list,    Kind::map,   Kind::type};

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::dyn: return "dyn";
    case Kind::null: return "null";
    case Kind::boolean: return "bool";
    case Kind::int64: return "int";
    case Kind::uint64: return "uint";
    case Kind::float64: return "double";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::timestamp: return "timestamp";
    case Kind::duration: return "duration";
    case Kind::list: return "list";
    case Kind::map: return "map";
    case Kind::structure: return "struct";
    case Kind::type: return "type";
  }
  return "dyn";
}

std::string_view cel_type_name(Kind kind) {
  switch (kind) {
    case Kind::null: return "null_type";
    case Kind::timestamp: return "google.protobuf.Timestamp";
    case Kind::duration: return "google.protobuf.Duration";
    default: return name(kind);
  }
}

Type Type::list(Type element) {
  Type type = Kind::list;
  type.parts_ = std::make_shared<const std::vector<Type>>(1, std::move(element));
  return type;
}

Type Type::map(Type key, Type value) {
  Type type = Kind::map;
  type.parts_ = std::make_shared<const std::vector<Type>>(
      std::vector<Type>{std::move(key), std::move(value)});
  return type;
}

Type Type::of(const data::Type& type) {
  switch (type.kind()) {
    case data::Kind::boolean: return Kind::boolean;
    case data::Kind::int64: return Kind::int64;
    case data::Kind::float64: return Kind::float64;
    case data::Kind::string: return Kind::string;
    case data::Kind::bytes: return Kind::bytes;
    case data::Kind::timestamp: return Kind::timestamp;
    case data::Kind::duration: return Kind::duration;
    case data::Kind::list: return list(of(type.element()));
    case data::Kind::structure: {
      Type result = Kind::structure;
      result.structure_ = std::make_shared<const data::Type>(type);
      return result;
    }
    case data::Kind::image:
    case data::Kind::packet:
    case data::Kind::value: return Kind::dyn;
  }
  return Kind::dyn;
}

Type Type::element() const {
  return parts_ == nullptr ? Type() : parts_->front();
}
Type Type::key() const {
  return parts_ == nullptr ? Type() : parts_->front();
}
Type Type::value() const {
  return parts_ == nullptr ? Type() : parts_->back();
}

std::string Type::name() const {
  if (structure_ != nullptr) return structure_->name();
  std::string out(expr::name(kind_));
  if (parts_ == nullptr) return out;
  out += '<' + parts_->front().name();
  if (kind_ == Kind::map) out += ',' + parts_->back().name();
  return out + '>';
}

data::Type Type::column() const {
  switch (kind_) {
    case Kind::boolean: return data::Kind::boolean;
    case Kind::int64: return data::Kind::int64;
    case Kind::float64: return data::Kind::float64;
    case Kind::string: return data::Kind::string;
    case Kind::bytes: return data::Kind::bytes;
    case Kind::timestamp: return data::Kind::timestamp;
    case Kind::duration: return data::Kind::duration;
    case Kind::list: return data::Type::list(element().column());
    case Kind::structure: return *structure_;
    default: return data::Kind::value;
  }
}

std::optional<Type> common_type(const Type& a, const Type& b) {
  if (a.is(Kind::dyn) || b.is(Kind::dyn)) return Type();
  if (a.kind() != b.kind()) return std::nullopt;
  if (a.is(Kind::structure))
    return a.structure() == b.structure() ? std::optional(a) : std::nullopt;
  if (a.is(Kind::list)) {
    const auto element = common_type(a.element(), b.element());
    return element ? std::optional(Type::list(*element)) : std::nullopt;
  }
  if (a.is(Kind::map)) {
    const auto key = common_type(a.key(), b.key());
    const auto value = common_type(a.value(), b.value());
    return key && value ? std::optional(Type::map(*key, *value)) : std::nullopt;
  }
  return a;
}

Kind kind_of(const data::Value& value) {
  if (value.get<double>() != nullptr) return Kind::float64;
  if (value.get<std::int64_t>() != nullptr) return Kind::int64;
  if (value.get<std::string>() != nullptr) return Kind::string;
  if (value.get<bool>() != nullptr) return Kind::boolean;
  if (value.is_null()) return Kind::null;
  if (value.get<std::uint64_t>() != nullptr) return Kind::uint64;
  if (value.get<data::Timestamp>() != nullptr) return Kind::timestamp;
  if (value.get<data::Duration>() != nullptr) return Kind::duration;
  if (value.get<data::Bytes>() != nullptr) return Kind::bytes;
  if (value.get<data::List>() != nullptr) return Kind::list;
  return type_value_name(value) != nullptr ? Kind::type : Kind::map;
}

data::Value type_value(std::string_view name) {
  data::Map map;
  map.emplace_back(data::Value(), name);
  return map;
}

const std::string* type_value_name(const data::Value& value) {
  const auto* map = value.get<data::Map>();
  const bool is_type = map != nullptr && map->size() == 1 && map->front().first.is_null();
  return is_type ? map->front().second.get<std::string>() : nullptr;
}

std::optional<data::Value> named_type(std::string_view name) {
  const auto is_it = [&](Kind kind) { return cel_type_name(kind) == name; };
  if (std::ranges::none_of(kKinds, is_it)) return std::nullopt;
  return type_value(name);
}

data::Value without_types(const data::Value& value) {
  if (const auto* name = type_value_name(value)) return *name;
  if (const auto* list = value.get<data::List>()) {
    data::List out;
    for (const data::Value& element : *list) out.push_back(without_types(element));
    return out;
  }
  if (const auto* map = value.get<data::Map>()) {
    data::Map out;
    for (const auto& [key, entry] : *map) out.emplace_back(key, without_types(entry));
    return out;
  }
  return value;
}

}  // namespace weir::expr
