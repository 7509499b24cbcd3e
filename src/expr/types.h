// Type: what is known of an expression before it runs; kinds of values; types as values.
//
// The types of CEL, finer than a value's own: lists and maps know what they hold, structures their
// fields, and `dyn` is what is known only when a record is there. Values, immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "data/value.h"

namespace weir::expr {

enum class Kind : std::uint8_t {
  dyn,  // of no value
  null,
  boolean,
  int64,
  uint64,
  float64,
  string,
  bytes,
  timestamp,
  duration,
  list,
  map,
  structure,  // of no value: a structure's value is a map
  type,
};
std::string_view name(Kind kind);  // as CEL says it: int, double, …

class Type {
 public:
  Type(Kind kind = Kind::dyn) : kind_(kind) {}  // NOLINT: a plain kind is a type
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type of(const data::Type& type);  // image and packet are dyn

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool numeric() const {
    return kind_ == Kind::int64 || kind_ == Kind::uint64 || kind_ == Kind::float64;
  }
  // dyn where nothing is known of them.
  Type element() const;  // of a list
  Type key() const;      // of a map
  Type value() const;    // of a map
  // Of a structure.
  const data::Type& structure() const { return *structure_; }
  std::string name() const;  // "list<int>"

  // The type of a column that holds such values.
  data::Type column() const;

 private:
  Kind kind_;
  std::shared_ptr<const std::vector<Type>> parts_;
  std::shared_ptr<const data::Type> structure_;
};

// The type that both are; nullopt where they differ. dyn meets everything as dyn.
std::optional<Type> common_type(const Type& a, const Type& b);

Kind kind_of(const data::Value& value);

// data::Value has no alternative for types, so one is a map whose only key is null, which no CEL
// map may have.
data::Value type_value(std::string_view name);
const std::string* type_value_name(const data::Value& value);  // null where it is none
// What `type(value)` gives: null_type, int, google.protobuf.Timestamp, …
std::string_view cel_type_name(Kind kind);
// The type such a name stands for, as a value; nullopt where it stands for none.
std::optional<data::Value> named_type(std::string_view name);
// The same value, types within it replaced by their names.
data::Value without_types(const data::Value& value);

}  // namespace weir::expr
