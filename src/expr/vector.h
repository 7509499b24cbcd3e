// Vector: the values of one node for all selected records of a batch.
//
// Like a column, but without nulls packed in bits, and with errors. Refers to the columns of the
// batch where it can, else to what it owns; moves, does not copy. Used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/value.h"
#include "expr/expression.h"
#include "expr/types.h"

namespace weir::expr {

// What a row is, in the order of precedence where rows are combined.
enum State : std::uint8_t { kValue = 0, kNull = 1, kError = 2 };

class Vector {
 public:
  explicit Vector(Kind kind) : kind(kind) {}
  Vector(Vector&&) = default;
  Vector& operator=(Vector&&) = default;

  // One value that stands for all rows; of a scalar kind.
  static Vector constant_of(const data::Value& value);
  // The selected rows of a column of a scalar kind.
  static Vector of_column(const data::Column& column, const data::Batch& batch);
  static Vector of_times(const data::Batch& batch);
  // A value, null or error for each row; `values` are of the kind or null.
  static Vector of_values(Kind kind, std::vector<data::Value> values,
                          std::vector<RecordError> errors);

  // `size` rows to write to, without nulls and errors. Afterwards the spans refer to them.
  std::span<std::int64_t> make_ints(std::size_t size);
  std::span<double> make_doubles(std::size_t size);
  std::span<std::uint8_t> make_flags(std::size_t size);
  std::span<std::string_view> make_texts(std::size_t size);
  // Keeps the characters of `other` alive, to which texts may refer.
  void keep(Vector other);

  State state(std::size_t row) const {
    return states.empty() ? kValue : static_cast<State>(states[row]);
  }
  // Row `row` as a value; null where it is null or erred.
  data::Value value(std::size_t row) const;
  // A column of `size` rows, null where a row is null or erred. The vector is used up.
  data::ColumnRef to_column(std::size_t size);

  Kind kind;
  bool constant = false;  // one row for all; without nulls and errors
  // By kind; what stands at a row without value is unspecified, but there.
  std::span<const std::int64_t> ints;  // int64, timestamp, duration
  std::span<const double> doubles;
  std::span<const std::uint8_t> flags;      // boolean: 0 or 1
  std::span<const std::string_view> texts;  // string, bytes
  std::vector<std::uint8_t> states;         // a State a row; empty where each has a value
  std::vector<RecordError> errors;          // of the rows in state kError, ascending

 private:
  std::vector<std::int64_t> own_ints_;
  std::vector<double> own_doubles_;
  std::vector<std::uint8_t> own_flags_;
  std::vector<std::string_view> own_texts_;
  std::vector<data::Value> own_values_;  // what texts may refer to
  std::vector<Vector> kept_;
};

// Which of the spans holds a kind, if any of these two does.
bool holds_ints(Kind kind);
bool holds_texts(Kind kind);
bool scalar(const Type& type);

// The states of rows that need both: an error before null before a value.
std::vector<std::uint8_t> joined_states(const Vector& a, const Vector& b);
// The errors of both, ascending; where a row has two, that of `a`.
std::vector<RecordError> joined_errors(std::vector<RecordError> a, std::vector<RecordError> b);

}  // namespace weir::expr
