// Column: the values of one field for many rows, and the builder that makes one.
//
// Layout is Arrow's (validity bitmap, bit-packed bool, 64-bit values, 32-bit offsets into
// characters or children), so that exchange with others copies nothing. A Column is immutable and
// shared by reference: thread-safe. A builder belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/frame.h"
#include "data/type.h"
#include "data/value.h"

namespace weir::data {

class Column;
using ColumnRef = std::shared_ptr<const Column>;

// The buffers of a column; which are used follows from the type's kind. Least significant bit first
// in bitmaps.
struct Buffers {
  std::size_t size = 0;  // rows
  std::size_t null_count = 0;
  std::vector<std::uint8_t> validity;  // a bit a row, 1 = present; empty where no row is null
  std::vector<std::uint8_t> bits;      // boolean
  std::vector<std::int64_t> int64s;    // int64, timestamp, duration
  std::vector<double> float64s;        // float64
  std::vector<std::int32_t> offsets;   // string, bytes, list: size + 1 of them
  std::string characters;              // string, bytes
  std::vector<ColumnRef> children;     // list: the elements; structure: a column a field
  std::vector<Image> images;
  std::vector<PacketRef> packets;
  std::vector<Value> values;
};

class Column {
 public:
  // No column holds more characters or list elements than 32-bit offsets reach.
  static constexpr std::size_t kOffsetMax = std::numeric_limits<std::int32_t>::max();

  Column(Type type, Buffers buffers) : type_(std::move(type)), b_(std::move(buffers)) {}

  const Type& type() const { return type_; }
  std::size_t size() const { return b_.size; }
  std::size_t null_count() const { return b_.null_count; }
  bool is_null(std::size_t row) const { return !b_.validity.empty() && !bit(b_.validity, row); }

  // By kind; what stands at a null row is unspecified.
  bool boolean(std::size_t row) const { return bit(b_.bits, row); }
  std::span<const std::int64_t> int64s() const { return b_.int64s; }
  std::span<const double> float64s() const { return b_.float64s; }
  std::string_view text(std::size_t row) const {
    const auto begin = static_cast<std::size_t>(b_.offsets[row]);
    return std::string_view(b_.characters)
        .substr(begin, static_cast<std::size_t>(b_.offsets[row + 1]) - begin);
  }
  std::span<const std::int32_t> offsets() const { return b_.offsets; }
  const Column& elements() const { return *b_.children.front(); }  // of a list, for all rows
  const Column& child(std::size_t field) const { return *b_.children[field]; }
  const Image& image(std::size_t row) const { return b_.images[row]; }
  const PacketRef& packet(std::size_t row) const { return b_.packets[row]; }

  // One row of any kind as a value (an image or packet: null).
  Value value(std::size_t row) const;
  const Buffers& buffers() const { return b_; }

 private:
  static bool bit(const std::vector<std::uint8_t>& bits, std::size_t row) {
    return (bits[row / 8] >> (row % 8) & 1) != 0;
  }

  Type type_;
  Buffers b_;
};

// Whether ColumnBuilder::append takes `value` as this type.
bool fits(const Value& value, const Type& type);

class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type);

  const Type& type() const { return type_; }
  std::size_t size() const { return b_.size; }
  void reserve(std::size_t rows);

  void append_null();
  // By kind.
  void append_bool(bool value);
  void append_int64(std::int64_t value);  // int64, timestamp, duration
  void append_float64(double value);
  void append_text(std::string_view value);  // string, bytes
  void append_image(Image image);
  void append_packet(PacketRef packet);
  void append_list();       // ends a list row, whose elements were appended to child(0) before
  void append_structure();  // ends a structure row: one value was appended to every child before
  ColumnBuilder& child(std::size_t index) { return children_[index]; }

  // Appends `value` as this type. False, and nothing appended, where it does not fit: an int serves
  // as a float64, a string in RFC 3339 as a timestamp, a structure takes a map and makes absent
  // fields null.
  bool append(const Value& value);
  // A copy of one row of a column of the same type.
  void append_from(const Column& column, std::size_t row);

  ColumnRef finish();  // leaves the builder empty

 private:
  void mark(bool valid);

  Type type_;
  Buffers b_;
  std::vector<ColumnBuilder> children_;
};

// The rows `rows` of a column, in that order.
ColumnRef take(const Column& column, std::span<const std::uint32_t> rows);

}  // namespace weir::data
