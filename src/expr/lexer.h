// Words of an expression: names, literals and symbols, with where they stand.
//
// The lexis of the CEL language definition. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/value.h"
#include "expr/syntax.h"

namespace weir::expr {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    name,     // also a reserved word
    quoted,   // `name` in backticks
    integer,  // `literal` is the magnitude, a uint64, whose sign and range the parser settles
    literal,  // uint, double, string, bytes, bool, null
    symbol,   // also `in`
  };
  Kind kind = Kind::end;
  Position position;
  std::string_view text;  // as written; of a quoted name without the backticks
  data::Value literal;
};

// All words of `text`, the last of kind `end`. They refer to `text`.
base::Result<std::vector<Token>> tokenize(std::string_view text);

// Whether CEL keeps a name for languages it is embedded in: `for`, `package`, …
bool reserved(std::string_view name);

}  // namespace weir::expr
