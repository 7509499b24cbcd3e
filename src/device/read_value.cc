// Values as people write them, made values of a type.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>

#include "base/text.h"
#include "data/yaml_map.h"
#include "device/product.h"

namespace weir::device {

using base::Code;
using base::fail;
using base::Result;
using data::Kind;
using data::List;
using data::Map;
using data::Value;

namespace {

std::string shown(const Value& value) {
  constexpr std::size_t kShownMax = 40;
  if (const auto* v = value.get<bool>()) return *v ? "bool true" : "bool false";
  if (const auto* v = value.get<std::int64_t>()) return "int64 " + std::to_string(*v);
  if (const auto* v = value.get<double>()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", *v);
    return std::string("float64 ") + text;
  }
  if (const auto* v = value.get<std::string>()) {
    if (v->size() <= kShownMax) return "string '" + *v + "'";
    return "string of " + std::to_string(v->size()) + " bytes";
  }
  return std::string(value.type_name());
}

std::unexpected<base::Error> mismatch(std::string_view expected, const Value& found) {
  return fail(Code::wrong_type, "expected " + std::string(expected) + ", found " + shown(found));
}

std::optional<double> number(const Value& value) {
  if (const auto* v = value.get<double>()) return *v;
  if (const auto* v = value.get<std::int64_t>()) return static_cast<double>(*v);
  return std::nullopt;
}

constexpr std::string_view kRegionExpected =
    "a region: at least three [x, y] or {x, y, width, height}, in fractions of the picture (0 to "
    "1)";

std::optional<double> fraction(const Value& value) {
  const auto v = number(value);
  return v && *v >= 0 && *v <= 1 ? v : std::nullopt;
}

Value point(double x, double y) {
  return List{Value(x), Value(y)};
}

Result<Value> read_rectangle(const Value& written, const Map& map) {
  constexpr std::array<std::string_view, 4> kKeys = {"x", "y", "width", "height"};
  std::array<double, 4> parts = {};
  if (map.size() != kKeys.size()) return mismatch(kRegionExpected, written);
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const Value* part = written.find(kKeys[i]);
    const auto value = part == nullptr ? std::nullopt : fraction(*part);
    if (!value) return mismatch(kRegionExpected, part == nullptr ? written : *part);
    parts[i] = *value;
  }
  constexpr double kRounding = 1e-9;  // 0.7 + 0.3 is more than 1
  const auto [x, y, width, height] = parts;
  if (width <= 0 || height <= 0 || x + width > 1 + kRounding || y + height > 1 + kRounding) {
    return fail(Code::range,
                "a rectangle that is empty or leaves the picture, expected x + width and "
                "y + height at most 1");
  }
  const double right = std::min(1.0, x + width);
  const double bottom = std::min(1.0, y + height);
  return Value(List{point(x, y), point(right, y), point(right, bottom), point(x, bottom)});
}

Result<Value> read_region(const Value& written) {
  if (const Map* map = written.get<Map>()) return read_rectangle(written, *map);
  const List* points = written.get<List>();
  if (points == nullptr) return mismatch(kRegionExpected, written);
  if (points->size() < 3 || points->size() > kRegionPointsMax) {
    return fail(Code::range, "expected " + std::string(kRegionExpected) + ", at most " +
                                 std::to_string(kRegionPointsMax) + " points, found " +
                                 std::to_string(points->size()) + " points");
  }
  List out;
  for (const Value& item : *points) {
    const List* pair = item.get<List>();
    if (pair == nullptr || pair->size() != 2) return mismatch(kRegionExpected, item);
    const auto x = fraction((*pair)[0]);
    const auto y = fraction((*pair)[1]);
    if (!x || !y) return mismatch(kRegionExpected, x ? (*pair)[1] : (*pair)[0]);
    out.push_back(point(*x, *y));
  }
  return Value(std::move(out));
}

Result<Value> read_column_value(const data::Type& type, const Value& written);

Result<Value> read_list(const data::Type& type, const Value& written) {
  const List* list = written.get<List>();
  if (list == nullptr) return mismatch(type.name(), written);
  List out;
  for (const Value& item : *list) {
    TRY(Value value, read_column_value(type.element(), item));
    out.push_back(std::move(value));
  }
  return Value(std::move(out));
}

Result<Value> read_structure(const data::Type& type, const Value& written) {
  const Map* map = written.get<Map>();
  if (map == nullptr) return mismatch(type.name(), written);
  std::vector<std::string_view> names;
  for (const data::Field& field : type.fields()) names.push_back(field.name);
  for (const auto& [key, value] : *map) {
    const auto* name = key.get<std::string>();
    if (name == nullptr || std::ranges::find(names, *name) == names.end()) {
      return fail(Code::unknown_name, "unknown key '" + (name == nullptr ? "" : *name) +
                                          "', expected " + data::alternatives(names));
    }
  }
  Map out;
  for (const data::Field& field : type.fields()) {
    const Value* part = written.find(field.name);
    if (part == nullptr)
      return fail(Code::missing, "no '" + field.name + "', expected " + type.name());
    TRY(Value value, read_column_value(field.type, *part));
    out.emplace_back(Value(field.name), std::move(value));
  }
  return Value(std::move(out));
}

Result<Value> read_text(const data::Type& type, const Value& written) {
  const auto* text = written.get<std::string>();
  const auto expected = [&](std::string_view form) {
    return mismatch(type.name() + " (" + std::string(form) + ")", written);
  };
  switch (type.kind()) {
    case Kind::duration: {
      if (text == nullptr) return expected("such as 250ms, 30s or 1h30m");
      TRY(const std::int64_t ns, base::parse_duration_ns(*text));
      return Value(data::Duration{ns});
    }
    case Kind::timestamp: {
      if (text == nullptr) return expected("RFC 3339, such as 2026-03-01T12:00:00Z");
      TRY(const std::int64_t ns, base::parse_rfc3339_ns(*text));
      return Value(data::Timestamp{ns});
    }
    case Kind::bytes: {
      if (text == nullptr) return expected("base64");
      TRY(std::string bytes, base::decode_base64(*text));
      return Value(data::Bytes{std::move(bytes)});
    }
    default: break;
  }
  if (text != nullptr) return written;
  const bool scalar = number(written) || written.get<bool>() != nullptr;
  return mismatch(scalar ? "string (in quotes)" : "string", written);
}

Result<Value> read_column_value(const data::Type& type, const Value& written) {
  switch (type.kind()) {
    case Kind::boolean:
      if (written.get<bool>() != nullptr) return written;
      return mismatch("bool (true or false)", written);
    case Kind::int64:
      if (written.get<std::int64_t>() != nullptr) return written;
      return mismatch("int64", written);
    case Kind::float64:
      if (const auto v = number(written); v && std::isfinite(*v)) return Value(*v);
      return mismatch("float64", written);
    case Kind::string:
    case Kind::bytes:
    case Kind::timestamp:
    case Kind::duration: return read_text(type, written);
    case Kind::list: return read_list(type, written);
    case Kind::structure: return read_structure(type, written);
    case Kind::value: return written;
    case Kind::image:
    case Kind::packet: break;
  }
  return fail(Code::wrong_type, "a " + type.name() + " cannot be written down");
}

}  // namespace

Result<Value> read_value(const ValueType& type, const Value& written) {
  switch (type.form) {
    case ValueType::Form::region: return read_region(written);
    case ValueType::Form::stream: return fail(Code::wrong_type, "a stream cannot be written down");
    case ValueType::Form::value: break;
  }
  if (const auto* duration = written.get<data::Duration>();
      duration != nullptr && type.type.kind() == Kind::duration) {
    return written;
  }
  return read_column_value(type.type, written);
}

}  // namespace weir::device
