// Product: a class of devices, as the unified device model (W3C Web of Things, Thing Model) has it:
// what they measure or hold, can do and announce, and which facts of each of them are known.
//
// Values, read from YAML; immutable afterwards, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/diagnostic.h"
#include "data/type.h"
#include "data/value.h"
#include "data/yaml.h"

namespace weir::device {

// What a property or an attribute holds: a value of a column's type, a stream (video), or a region
// of the picture.
struct ValueType {
  enum class Form : std::uint8_t { value, stream, region };
  Form form = Form::value;
  data::Type type = data::Kind::value;  // of a value

  std::string name() const;  // as in YAML: "float64", "stream", "region"
  friend bool operator==(const ValueType&, const ValueType&) = default;
};

// Reads a type's name; nullopt where it is none, and for types that only flow: image, packet.
std::optional<ValueType> parse_value_type(std::string_view name);

// A value as a person writes it (from YAML, or a default), made one of the type: an int64 where a
// float64 is asked for becomes one; durations (30s) and times (RFC 3339) are text, bytes are
// base64. A region is a list of at least three [x, y] in fractions of the picture, or {x, y, width,
// height}, and comes out as the list. Errors say what was expected and found, without a place.
base::Result<data::Value> read_value(const ValueType& type, const data::Value& written);

constexpr std::size_t kRegionPointsMax = 256;
constexpr std::size_t kMembersMax =
    1000;  // of `properties`, `actions`, `events` and `attributes` each

struct Property {
  std::string name = {};
  ValueType type = {};
  std::string unit = {};  // UCUM, "" where none
  std::string description = {};
};

struct Action {
  std::string name = {};
  std::optional<ValueType> input = {};
  std::string description = {};
};

struct Event {
  std::string name = {};
  std::optional<ValueType> data = {};
  std::string description = {};
};

struct Attribute {
  std::string name = {};
  ValueType type = {};
  std::string unit = {};
  std::string description = {};
};

struct Product {
  std::string name = {};
  std::string description = {};
  std::string file = {};
  data::Position position = {};
  std::vector<Property> properties = {};
  std::vector<Action> actions = {};
  std::vector<Event> events = {};
  std::vector<Attribute> attributes = {};

  const Property* property(std::string_view name) const;    // null where unknown
  const Attribute* attribute(std::string_view name) const;  // null where unknown
};

// Reads a document of kind Product. Mistakes are added; nullopt where it has no name.
std::optional<Product> parse_product(const data::Node& document, std::string_view file,
                                     data::Diagnostics& diagnostics);

}  // namespace weir::device
