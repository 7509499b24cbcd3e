// Positions in messages, names of operators.
#include "expr/syntax.h"

#include <array>

namespace weir::expr {

using base::Code;

std::unexpected<base::Error> fail_at(Position position, Code code, std::string_view message) {
  return base::fail(code, std::to_string(position.line) + ":" + std::to_string(position.column) +
                              ": " + std::string(message));
}

std::string_view name(Operator op) {
  constexpr std::array<std::string_view, 17> kNames = {
      "&&", "||", "?:", "<", "<=", ">", ">=", "==", "!=", "in", "+", "-", "*", "/", "%", "!", "-"};
  return kNames[static_cast<std::size_t>(op)];
}

}  // namespace weir::expr
