// Columns and their builder.
#include "data/column.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir::data {
namespace {

void set_bit(std::vector<std::uint8_t>& bits, std::size_t row, bool on) {
  if (row / 8 >= bits.size()) bits.push_back(0);
  if (on) bits[row / 8] = static_cast<std::uint8_t>(bits[row / 8] | 1U << row % 8);
}

bool holds_characters(Kind kind) {
  return kind == Kind::string || kind == Kind::bytes;
}
bool holds_int64s(Kind kind) {
  return kind == Kind::int64 || kind == Kind::timestamp || kind == Kind::duration;
}

std::int32_t checked_offset(std::size_t offset) {
  CHECK(offset <= Column::kOffsetMax);
  return static_cast<std::int32_t>(offset);
}

Value structure_value(const Column& column, std::size_t row) {
  Map map;
  const auto fields = column.type().fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    map.emplace_back(fields[i].name, column.child(i).value(row));
  }
  return map;
}

Value list_value(const Column& column, std::size_t row) {
  List list;
  for (auto i = column.offsets()[row]; i < column.offsets()[row + 1]; ++i) {
    list.push_back(column.elements().value(static_cast<std::size_t>(i)));
  }
  return list;
}

}  // namespace

Value Column::value(std::size_t row) const {
  if (is_null(row)) return {};
  switch (type_.kind()) {
    case Kind::boolean: return boolean(row);
    case Kind::int64: return b_.int64s[row];
    case Kind::float64: return b_.float64s[row];
    case Kind::string: return text(row);
    case Kind::bytes: return Bytes{std::string(text(row))};
    case Kind::timestamp: return Timestamp{b_.int64s[row]};
    case Kind::duration: return Duration{b_.int64s[row]};
    case Kind::list: return list_value(*this, row);
    case Kind::structure: return structure_value(*this, row);
    case Kind::image:
    case Kind::packet: return {};
    case Kind::value: return b_.values[row];
  }
  return {};
}

ColumnBuilder::ColumnBuilder(Type type) : type_(std::move(type)) {
  const Kind kind = type_.kind();
  if (kind == Kind::list) children_.emplace_back(type_.element());
  if (kind == Kind::structure) {
    for (const Field& field : type_.fields()) children_.emplace_back(field.type);
  }
  if (kind == Kind::list || holds_characters(kind)) b_.offsets.push_back(0);
}

void ColumnBuilder::reserve(std::size_t rows) {
  const Kind kind = type_.kind();
  if (holds_int64s(kind)) b_.int64s.reserve(rows);
  if (kind == Kind::float64) b_.float64s.reserve(rows);
  if (holds_characters(kind) || kind == Kind::list) b_.offsets.reserve(rows + 1);
}

void ColumnBuilder::mark(bool valid) {
  if (!valid && b_.validity.empty()) {
    b_.validity.assign(b_.size / 8 + 1, 0xFF);
    b_.validity.back() = static_cast<std::uint8_t>((1U << b_.size % 8) - 1);
  }
  if (!b_.validity.empty()) set_bit(b_.validity, b_.size, valid);
  if (!valid) ++b_.null_count;
  ++b_.size;
}

void ColumnBuilder::append_null() {
  const Kind kind = type_.kind();
  if (holds_int64s(kind)) b_.int64s.push_back(0);
  if (kind == Kind::boolean) set_bit(b_.bits, b_.size, false);
  if (kind == Kind::float64) b_.float64s.push_back(0);
  if (holds_characters(kind) || kind == Kind::list) b_.offsets.push_back(b_.offsets.back());
  if (kind == Kind::structure) {
    for (ColumnBuilder& child : children_) child.append_null();
  }
  if (kind == Kind::image) b_.images.emplace_back();
  if (kind == Kind::packet) b_.packets.emplace_back();
  if (kind == Kind::value) b_.values.emplace_back();
  mark(false);
}

void ColumnBuilder::append_bool(bool value) {
  set_bit(b_.bits, b_.size, value);
  mark(true);
}

void ColumnBuilder::append_int64(std::int64_t value) {
  b_.int64s.push_back(value);
  mark(true);
}

void ColumnBuilder::append_float64(double value) {
  b_.float64s.push_back(value);
  mark(true);
}

void ColumnBuilder::append_text(std::string_view value) {
  b_.characters += value;
  b_.offsets.push_back(checked_offset(b_.characters.size()));
  mark(true);
}

void ColumnBuilder::append_image(Image image) {
  b_.images.push_back(std::move(image));
  mark(true);
}

void ColumnBuilder::append_packet(PacketRef packet) {
  b_.packets.push_back(std::move(packet));
  mark(true);
}

void ColumnBuilder::append_list() {
  b_.offsets.push_back(checked_offset(children_.front().size()));
  mark(true);
}

void ColumnBuilder::append_structure() {
  mark(true);
}

// Asked before anything is appended, so that appending never stops half-way.
bool fits(const Value& value, const Type& type) {
  if (value.is_null()) return true;
  switch (type.kind()) {
    case Kind::boolean: return value.get<bool>() != nullptr;
    case Kind::int64: return value.get<std::int64_t>() != nullptr;
    case Kind::float64:
      return value.get<double>() != nullptr || value.get<std::int64_t>() != nullptr;
    case Kind::string: return value.get<std::string>() != nullptr;
    case Kind::bytes: {
      const auto* text = value.get<std::string>();
      return value.get<Bytes>() != nullptr || (text != nullptr && base::decode_base64(*text));
    }
    case Kind::timestamp: {
      const auto* text = value.get<std::string>();
      return value.get<Timestamp>() != nullptr ||
             (text != nullptr && base::parse_rfc3339_ns(*text));
    }
    case Kind::duration: {
      const auto* text = value.get<std::string>();
      return value.get<Duration>() != nullptr ||
             (text != nullptr && base::parse_duration_ns(*text));
    }
    case Kind::list: {
      const List* list = value.get<List>();
      return list != nullptr &&
             std::ranges::all_of(*list, [&](const Value& v) { return fits(v, type.element()); });
    }
    case Kind::structure:
      return value.get<Map>() != nullptr &&
             std::ranges::all_of(type.fields(), [&](const Field& field) {
               const Value* member = value.find(field.name);
               return member == nullptr || fits(*member, field.type);
             });
    case Kind::image:
    case Kind::packet: return false;
    case Kind::value: return true;
  }
  return false;
}

bool ColumnBuilder::append(const Value& value) {
  if (!fits(value, type_)) return false;
  if (value.is_null()) {
    append_null();
    return true;
  }
  const auto* text = value.get<std::string>();
  switch (type_.kind()) {
    case Kind::boolean: append_bool(*value.get<bool>()); break;
    case Kind::int64: append_int64(*value.get<std::int64_t>()); break;
    case Kind::float64: {
      const auto* integer = value.get<std::int64_t>();
      append_float64(integer != nullptr ? static_cast<double>(*integer) : *value.get<double>());
      break;
    }
    case Kind::string: append_text(*text); break;
    case Kind::bytes:
      append_text(text != nullptr ? *base::decode_base64(*text) : value.get<Bytes>()->data);
      break;
    case Kind::timestamp:
      append_int64(text != nullptr ? *base::parse_rfc3339_ns(*text) : value.get<Timestamp>()->ns);
      break;
    case Kind::duration:
      append_int64(text != nullptr ? *base::parse_duration_ns(*text) : value.get<Duration>()->ns);
      break;
    case Kind::list:
      for (const Value& element : *value.get<List>()) children_.front().append(element);
      append_list();
      break;
    case Kind::structure: {
      const auto fields = type_.fields();
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const Value* member = value.find(fields[i].name);
        children_[i].append(member == nullptr ? Value() : *member);
      }
      append_structure();
      break;
    }
    case Kind::image:
    case Kind::packet: return false;
    case Kind::value:
      b_.values.push_back(value);
      mark(true);
      break;
  }
  return true;
}

void ColumnBuilder::append_from(const Column& column, std::size_t row) {
  if (column.is_null(row)) return append_null();
  switch (type_.kind()) {
    case Kind::boolean: return append_bool(column.boolean(row));
    case Kind::int64:
    case Kind::timestamp:
    case Kind::duration: return append_int64(column.int64s()[row]);
    case Kind::float64: return append_float64(column.float64s()[row]);
    case Kind::string:
    case Kind::bytes: return append_text(column.text(row));
    case Kind::list:
      for (auto i = column.offsets()[row]; i < column.offsets()[row + 1]; ++i) {
        children_.front().append_from(column.elements(), static_cast<std::size_t>(i));
      }
      return append_list();
    case Kind::structure:
      for (std::size_t i = 0; i < children_.size(); ++i)
        children_[i].append_from(column.child(i), row);
      return append_structure();
    case Kind::image: return append_image(column.image(row));
    case Kind::packet: return append_packet(column.packet(row));
    case Kind::value: b_.values.push_back(column.buffers().values[row]); return mark(true);
  }
}

ColumnRef ColumnBuilder::finish() {
  for (ColumnBuilder& child : children_) b_.children.push_back(child.finish());
  Buffers done = std::exchange(b_, Buffers{});
  if (!done.offsets.empty()) b_.offsets.push_back(0);
  return std::make_shared<const Column>(type_, std::move(done));
}

ColumnRef take(const Column& column, std::span<const std::uint32_t> rows) {
  ColumnBuilder builder(column.type());
  builder.reserve(rows.size());
  for (const std::uint32_t row : rows) builder.append_from(column, row);
  return builder.finish();
}

}  // namespace weir::data
