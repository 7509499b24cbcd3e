// Types, fields and schemas: what a column holds.
//
// Values; cheap to copy (children are shared), immutable, thread-safe. The names are the ones used
// in YAML: bool, int64, float64, string, bytes, timestamp, duration, list<T>, struct<name:T,…>,
// image, packet, value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::data {

enum class Kind : std::uint8_t {
  boolean,
  int64,
  float64,
  string,  // UTF-8
  bytes,
  timestamp,  // nanoseconds since 1970-01-01T00:00:00Z
  duration,   // nanoseconds
  list,
  structure,
  image,   // a reference to a frame
  packet,  // a reference to a piece of a stream
  value,   // JSON of unknown shape
};

struct Field;

class Type {
 public:
  Type(Kind kind = Kind::value)
      : kind_(kind) {}  // NOLINT: a plain kind is a type; not for list and structure
  static Type list(Type element);
  static Type structure(std::vector<Field> fields);

  Kind kind() const { return kind_; }
  const Type& element() const;            // of a list
  std::span<const Field> fields() const;  // of a structure
  std::string name() const;               // "list<struct<label:string,score:float64>>"
  bool numeric() const { return kind_ == Kind::int64 || kind_ == Kind::float64; }

  friend bool operator==(const Type& a, const Type& b);

 private:
  Kind kind_;
  std::shared_ptr<const std::vector<Field>> children_;
};

// Reads a type's name; nullopt where it is none.
std::optional<Type> parse_type(std::string_view name);

struct Field {
  std::string name;
  Type type;

  friend bool operator==(const Field&, const Field&) = default;
};

class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Field> fields);

  std::span<const Field> fields() const { return fields_; }
  const Field& field(std::size_t column) const { return fields_[column]; }
  std::size_t size() const { return fields_.size(); }
  std::optional<std::size_t> find(std::string_view name) const;
  std::string names() const;  // "a, b, c": for messages

  friend bool operator==(const Schema& a, const Schema& b) = default;

 private:
  std::vector<Field> fields_;
};

using SchemaRef = std::shared_ptr<const Schema>;
SchemaRef make_schema(std::vector<Field> fields);

}  // namespace weir::data
