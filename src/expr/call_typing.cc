// The types that functions take and give.
#include "expr/call_typing.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "expr/typing.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

Result<Node> wrong_call(Node node, Style style, Dialect dialect,
                        std::span<const Overload* const> all) {
  const bool other_style =
      std::ranges::none_of(all, [&](const Overload* o) { return o->style == style; });
  std::string text = "'" + node.text + "' ";
  if (other_style) {
    text += style == Style::call ? "is written behind its object: x." + node.text + "(…)"
                                 : "is written before its operand: " + node.text + "(x)";
    return wrong(std::move(node), dialect, Code::wrong_type, text);
  }
  std::string types;
  for (const Node& operand : node.operands)
    types += (types.empty() ? "" : " and ") + operand.type.name();
  text += "does not take " + (types.empty() ? "nothing" : types) + "; expected ";
  std::string expected;
  for (const Overload* overload : all) {
    if (overload->style != style) continue;
    if (!expected.empty()) expected += ", or ";
    for (std::size_t i = 0; i < overload->count; ++i) {
      expected += (i == 0 ? "" : " and ") + std::string(expr::name(overload->parameters[i]));
    }
  }
  return wrong(std::move(node), dialect, Code::wrong_type, text + expected);
}

Result<Node> ready_pattern(Node node, Dialect dialect) {
  if (node.text != "matches" || node.operands[1].kind != Node::Kind::constant) return node;
  const auto* text = node.operands[1].constant.get<std::string>();
  if (text == nullptr) return node;
  auto pattern = compile_pattern(*text);
  if (!pattern)
    return wrong(std::move(node), dialect, pattern.error().code, pattern.error().message);
  node.pattern = std::move(*pattern);
  return node;
}

}  // namespace

Result<Node> type_call(Node node, Style style, Dialect dialect) {
  const auto misfits = [&](const Overload* overload) {
    if (overload->style != style || overload->count != node.operands.size()) return true;
    for (std::size_t i = 0; i < overload->count; ++i) {
      const Kind parameter = overload->parameters[i];
      const Type& type = node.operands[i].type;
      const bool fits = parameter == Kind::dyn || type.is(Kind::dyn) || type.is(parameter) ||
                        (parameter == Kind::map && type.is(Kind::structure));
      if (!fits) return true;
    }
    return false;
  };
  const std::vector<const Overload*> all = node.overloads;
  std::erase_if(node.overloads, misfits);
  if (node.overloads.empty()) return wrong_call(std::move(node), style, dialect, all);
  node.type = node.overloads.front()->result;
  for (const Overload* overload : node.overloads) {
    if (!node.type.is(overload->result)) node.type = Type();
  }
  return ready_pattern(std::move(node), dialect);
}

}  // namespace weir::expr
