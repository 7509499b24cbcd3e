// Row: the fields of one record on their way into a batch, all or nothing. For the readers of this
// folder.
//
// Belongs to one thread. Texts in cells are views: valid until the row is committed or cleared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/records.h"
#include "data/value.h"

namespace weir::data {

// The fields that are the record's own.
inline constexpr std::string_view kTime = "time";
inline constexpr std::string_view kDevice = "device";

// What a text without a type stands for, if all of it does.
std::optional<std::int64_t> int64_of(std::string_view text);
std::optional<double> float64_of(std::string_view text);
std::optional<bool> boolean_of(std::string_view text);  // true or false

// One field as it was read.
class Cell {
 public:
  enum class Holds : std::uint8_t { nothing, null, boolean, int64, uint64, float64, text, tree };

  Cell() = default;
  static Cell null() { return Cell(Holds::null); }
  static Cell of(bool v) { return Cell(Holds::boolean, v); }
  static Cell of(std::int64_t v) { return Cell(Holds::int64, v); }
  static Cell of(std::uint64_t v) { return Cell(Holds::uint64, static_cast<std::int64_t>(v)); }
  static Cell of(double v);
  static Cell of(std::string_view v);
  static Cell of(Value v);  // a list or a map

  Holds holds() const { return holds_; }
  bool boolean() const { return integer_ != 0; }
  std::int64_t int64() const { return integer_; }
  std::uint64_t uint64() const { return static_cast<std::uint64_t>(integer_); }
  double float64() const { return real_; }
  std::string_view text() const { return text_; }
  Value value() const&;
  Value value() &&;

 private:
  explicit Cell(Holds holds, std::int64_t integer = 0) : holds_(holds), integer_(integer) {}

  Holds holds_ = Holds::nothing;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_;
  Value tree_;
};

// How texts are to be taken: JSON has types of its own, in CSV everything is text.
enum class Texts : std::uint8_t { typed, untyped };

class Row {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // `time_field` is where the rows have their event time; "": nowhere.
  Row(SchemaRef schema, std::string time_field, const RecordOptions& options, Texts texts,
      Dictionary& devices);

  const SchemaRef& schema() const { return builder_.schema(); }
  // Where a field belongs; kNone, and counted, where the schema does not have it. Fast when rows
  // have their fields in the same order.
  std::size_t slot(std::string_view name);
  std::string_view name(std::size_t slot) const;
  bool put(std::size_t slot, Cell cell);  // false where it was put before
  // Appends the record, or says why it cannot be one. Clears the row.
  base::Result<> commit();
  void clear();

  std::size_t size() const { return builder_.size(); }  // records committed
  Batch finish() { return builder_.finish(); }
  const UnknownFields& unknown_fields() const { return unknown_fields_; }

 private:
  base::Result<std::int64_t> time_ns() const;
  base::Result<Device> device();
  base::Result<> convert(std::size_t column);
  base::Result<> convert_text(std::size_t column, const Type& type);
  std::unexpected<base::Error> misfit(std::size_t column) const;
  void append(std::size_t column);

  BatchBuilder builder_;
  std::string time_field_;
  Texts texts_;
  Types types_;
  Device default_device_;
  std::int64_t next_time_ns_, interval_ns_;
  Dictionary& devices_;
  std::size_t devices_seen_ = 0;

  std::vector<std::string> names_;  // of the slots: columns, then time, then device
  std::map<std::string, std::size_t, std::less<>> slots_;
  std::size_t time_slot_ = kNone, device_slot_ = kNone;
  std::vector<std::size_t> order_;  // the slots of the last rows' fields
  std::size_t at_ = 0;              // how many fields of this row were asked for
  std::vector<Cell> cells_;
  UnknownFields unknown_fields_;
};

}  // namespace weir::data
