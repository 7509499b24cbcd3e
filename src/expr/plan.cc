// Which nodes are evaluated by columns.
#include "expr/plan.h"

#include <algorithm>

#include "expr/vector.h"

namespace weir::expr {
namespace {

using data::Value;

bool constant(const Node& node) {
  return node.kind == Node::Kind::constant;
}

// `x in [1, 2, 3]`: the elements are constants of the kind of x.
bool plain_membership(const Node& node) {
  const Node& list = node.operands[1];
  const Kind kind = node.operands[0].type.kind();
  const auto* elements = list.constant.get<data::List>();
  return constant(list) && elements != nullptr &&
         (holds_ints(kind) || kind == Kind::float64 || holds_texts(kind)) &&
         std::ranges::all_of(*elements,
                             [&](const Value& element) { return kind_of(element) == kind; });
}

bool columnar_operation(const Node& node) {
  if (node.op == Operator::in) return plain_membership(node);
  if (!std::ranges::all_of(node.operands, [](const Node& operand) { return scalar(operand.type); }))
    return false;
  const Kind a = node.operands.front().type.kind();
  const Kind b = node.operands.back().type.kind();
  switch (node.op) {
    case Operator::add: return node.type.kind() == Kind::float64 || holds_ints(node.type.kind());
    case Operator::conditional: return node.operands[1].type.kind() == b;
    case Operator::equal:
    case Operator::not_equal:
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
      return a == b || (node.operands[0].type.numeric() && node.operands[1].type.numeric());
    default: return true;
  }
}

bool columnar_call(const Node& node) {
  if (node.overloads.size() != 1 || node.overloads.front()->columnar == Columnar::none)
    return false;
  if (node.overloads.front()->columnar == Columnar::matches && node.pattern == nullptr)
    return false;
  return std::ranges::all_of(node.operands,
                             [](const Node& operand) { return scalar(operand.type); });
}

bool columnar(const Node& node) {
  if (!scalar(node.type)) return false;
  switch (node.kind) {
    case Node::Kind::constant: return !node.constant.is_null();
    case Node::Kind::column:
    case Node::Kind::time:
    case Node::Kind::device:
    case Node::Kind::present: return true;
    case Node::Kind::operation:
      return !std::ranges::all_of(node.operands, constant) && columnar_operation(node);
    case Node::Kind::call:
      return !std::ranges::all_of(node.operands, constant) && columnar_call(node);
    default: return false;
  }
}

}  // namespace

void plan_columns(Node& node) {
  for (Node& operand : node.operands) plan_columns(operand);
  node.columnar = columnar(node);
}

}  // namespace weir::expr
