// Expression: CEL (Common Expression Language, github.com/google/cel-spec) over the records of a
// batch.
//
// compile() parses the text, checks it against a schema and readies it; evaluate() and filter()
// then run it over the selected records of any batch with that schema, column by column where the
// types allow, record by record where lists, structures, maps or values of unknown shape are met.
// docs/guide/expressions.md lists what there is. Two dialects:
//
//   cel       CEL as specified: what the types of operands forbid is an error of the record.
//   pipeline  What pipelines use. Types are checked by compile(). A null operand gives null, and an
//             integer literal beside a double is a double. has(column) says whether a value is
//             there.
//
// Names are the schema's columns, also those with dots (`intrusion.label`: the longest prefix that
// is a column), and, where no column has that name, `time` (the record's event time, timestamp) and
// `device` (the device's name, string; only where Options::devices is given).
//
// A message of compile() or of a record's error starts with where in the text it is: "1:5: ", line
// and column (in code points), both from 1.
//
// Immutable and thread-safe; a copy shares everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/type.h"

namespace weir::expr {

// The texts of one result, all records together; records beyond it err with Code::limit.
inline constexpr std::size_t kResultTextsBytesMax = std::size_t{64} << 20;

enum class Dialect : std::uint8_t { cel, pipeline };

struct Options {
  Dialect dialect = Dialect::pipeline;
  const data::Dictionary* devices = nullptr;  // names of devices; outlives the expression
  // compile() refuses any other type, such as all but bool for a condition; `value` takes all.
  data::Type expected = data::Kind::value;
};

// Where record `index` of the batch (counted among the selected) erred, and why.
struct RecordError {
  std::size_t index = 0;
  base::Error error;
};

struct Evaluated {
  data::ColumnRef values;  // a row a selected record; null where the result is null or an error
  std::vector<RecordError> errors;  // ascending
};

struct Filtered {
  // Where the condition is true: positions in the columns, for Batch::select.
  std::vector<std::uint32_t> rows;
  std::size_t null_count = 0;       // records on which it is null
  std::vector<RecordError> errors;  // ascending
};

class Program;

class Expression {
 public:
  // Errors: invalid (syntax), unknown_name, wrong_type, limit, not_yet.
  static base::Result<Expression> compile(std::string_view text, const data::Schema& schema,
                                          const Options& options = {});

  // What evaluate() gives. What has no type in a schema (uint, maps, null, mixtures) is `value`.
  const data::Type& type() const;

  // `batch` has the schema given to compile().
  Evaluated evaluate(const data::Batch& batch) const;
  // The expression is of type bool, or of type value: then a record whose result is no bool errs.
  Filtered filter(const data::Batch& batch) const;

 private:
  void check_schema(const data::Batch& batch) const;

  explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace weir::expr
