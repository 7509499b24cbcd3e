// Program: a checked expression, a tree of nodes with types, names resolved and constants folded.
//
// Made by check(); immutable, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/dictionary.h"
#include "data/type.h"
#include "data/value.h"
#include "expr/expression.h"
#include "expr/functions.h"
#include "expr/regex.h"
#include "expr/syntax.h"
#include "expr/types.h"

namespace weir::expr {

struct Node {
  enum class Kind : std::uint8_t {
    constant,   // `constant`
    failure,    // `failure`, each time
    column,     // column `slot` of the batch
    time,       // the record's event time
    device,     // its device's name
    variable,   // variable `slot` of the row
    present,    // has(operands[0]): a column or variable is not null
    has,        // has(operands[0].text)
    select,     // operands[0].text
    index,      // operands[0][operands[1]]
    call,       // one of `overloads` on the operands
    operation,  // `op` on the operands
    list,       // [operands…]
    map,        // {operands[0]: operands[1], …}
  };

  Kind kind = Kind::constant;
  Operator op = Operator::add;
  bool literal = false;   // an int as it was written: beside a double, a double
  bool columnar = false;  // evaluated by columns; else by rows, with all it has below
  Type type;
  Position position;
  std::size_t slot = 0;
  std::string text;
  data::Value constant;
  base::Error failure;
  std::vector<const Overload*> overloads;  // those that may fit
  Pattern pattern;                         // of `matches`, where it is a constant
  std::vector<Node> operands;
};

// A name that an expression may use.
struct Variable {
  std::string name;
  Type type;
  Node::Kind kind = Node::Kind::variable;
  std::size_t slot = 0;
  bool readable = true;  // an image is not: of it, only has() may be asked
};

struct Scope {
  std::vector<Variable> variables;
  std::string_view noun = "column";  // what messages call them
};

class Program {
 public:
  Node root;
  Dialect dialect = Dialect::pipeline;
  data::Type type;
  std::vector<std::size_t> columns;
  std::vector<data::Type> column_types;  // of `columns`
  const data::Dictionary* devices = nullptr;
};

}  // namespace weir::expr
