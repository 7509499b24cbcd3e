// Syntax: an expression as it is written, a tree of operators, calls, names and literals.
//
// Made by parse(); a value, used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/value.h"

namespace weir::expr {

// Where in the text, both from 1; the column counts code points.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

// Error {code, "1:5: message"} on its way into any Result.
std::unexpected<base::Error> fail_at(Position position, base::Code code, std::string_view message);

enum class Operator : std::uint8_t {
  logical_and,  // two operands or more
  logical_or,   // two operands or more
  conditional,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  in,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  logical_not,
  negate,
};
std::string_view name(Operator op);  // as it is written: "&&"

struct Syntax {
  enum class Kind : std::uint8_t {
    literal,    // `literal`
    name,       // `text`
    select,     // operands[0].text
    index,      // operands[0][operands[1]]
    call,       // text(operands…)
    member,     // operands[0].text(operands[1]…)
    operation,  // `op` on the operands
    list,       // [operands…]
    map,        // {operands[0]: operands[1], …}
    message,    // text{…}: a message of a named type; its fields are not kept
  };

  Kind kind = Kind::literal;
  Operator op = Operator::add;
  bool closed = false;  // in parentheses, so that what stands behind is no part of a name before
  Position position;
  std::uint32_t depth = 1;  // levels of the tree from here down
  std::string text;
  data::Value literal;
  std::vector<Syntax> operands;
};

}  // namespace weir::expr
