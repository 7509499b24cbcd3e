// SchemaGuess: the columns of records never seen before, from the first rows. For the readers of
// this folder.
//
// Belongs to one thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/records.h"
#include "data/row.h"
#include "data/type.h"
#include "data/value.h"

namespace weir::data {

// The type that fields of one name have in common, taken from one row after the other.
class TypeGuess {
 public:
  void add(const Value& value);          // from JSON
  void add_text(std::string_view text);  // from CSV
  // Of a column; `nothing_seen` where every row was null.
  Type type(Type nothing_seen) const;
  // Whether at least half of the fields that were not null are times, as a record's own time is
  // written.
  bool is_time() const { return times_ > 0 && 2 * times_ >= count_; }

 private:
  void merge(Kind kind);

  std::optional<Kind> kind_;
  std::size_t count_ = 0, times_ = 0;
  bool digits_lost_ = false;  // a whole number in CSV that float64 does not hold exactly
  bool fraction_ = false;     // a number with point or exponent in CSV
  std::vector<std::pair<std::string, TypeGuess>>
      children_;  // of a list one without name; of a structure its fields
};

// Of all fields, in the order they were first seen.
class SchemaGuess {
 public:
  TypeGuess& field(std::string_view name);
  std::size_t size() const { return fields_.size(); }

  // What follows for the reader: where the event time is (an error where the options name a field
  // that is not there), and the columns.
  base::Result<std::string> time_field(const RecordOptions& options) const;
  base::Result<SchemaRef> schema(const RecordOptions& options, std::string_view time,
                                 Type nothing_seen) const;
  std::string names() const;
  std::string missing(const Schema& schema) const;  // columns that were not seen: "a, b"

 private:
  const TypeGuess* find(std::string_view name) const;

  std::vector<std::pair<std::string, TypeGuess>> fields_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace weir::data
