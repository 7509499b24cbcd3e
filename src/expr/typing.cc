// The types that operators take and give.
#include "expr/typing.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "expr/operators.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

bool is_dyn(const Node& node) {
  return node.type.is(Kind::dyn);
}
bool is_bool(const Node& node) {
  return node.type.is(Kind::boolean) || is_dyn(node);
}
bool is_null_literal(const Node& node) {
  return node.type.is(Kind::null);
}

void become_double(Node& literal) {
  literal.constant = static_cast<double>(*literal.constant.get<std::int64_t>());
  literal.type = Kind::float64;
  literal.literal = false;
}

bool ordered(const Type& a, const Type& b) {
  switch (a.kind()) {
    case Kind::boolean:
    case Kind::string:
    case Kind::bytes:
    case Kind::timestamp:
    case Kind::duration: return a.kind() == b.kind() || b.is(Kind::dyn);
    case Kind::dyn: return b.is(Kind::dyn) || ordered(b, a);
    default: return a.numeric() && (b.numeric() || b.is(Kind::dyn));
  }
}

// What + - * / % give for operands of known types; nullopt where they do not take them.
std::optional<Type> arithmetic_type(Operator op, const Type& a, const Type& b) {
  const bool sum = op == Operator::add;
  const bool difference = op == Operator::subtract;
  if (a.is(Kind::list) && b.is(Kind::list)) {
    if (!sum) return std::nullopt;
    return Type::list(common_type(a.element(), b.element()).value_or(Type()));
  }
  if (a.is(Kind::timestamp) || b.is(Kind::timestamp)) {
    if (difference && a.is(Kind::timestamp) && b.is(Kind::timestamp)) return Kind::duration;
    if ((sum || difference) && a.is(Kind::timestamp) && b.is(Kind::duration))
      return Kind::timestamp;
    if (sum && a.is(Kind::duration) && b.is(Kind::timestamp)) return Kind::timestamp;
    return std::nullopt;
  }
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::int64:
    case Kind::uint64: return a;
    case Kind::float64: return op == Operator::remainder ? std::nullopt : std::optional(a);
    case Kind::string:
    case Kind::bytes: return sum ? std::optional(a) : std::nullopt;
    case Kind::duration: return sum || difference ? std::optional(a) : std::nullopt;
    default: return std::nullopt;
  }
}

// The same where one is known only when a record is there.
std::optional<Type> arithmetic_type(Operator op, const Node& known) {
  switch (known.type.kind()) {
    case Kind::dyn: return Type();
    case Kind::int64: return known.literal ? Type() : Type(Kind::int64);
    case Kind::list: return op == Operator::add ? std::optional(Type::list(Type())) : std::nullopt;
    case Kind::timestamp:
    case Kind::duration:
      return op == Operator::add || op == Operator::subtract ? std::optional(Type()) : std::nullopt;
    default: return arithmetic_type(op, known.type, known.type);
  }
}

Result<Node> wrong_operands(Node node, Dialect dialect, std::string_view hint = "") {
  std::vector<std::string> types;
  for (const Node& operand : node.operands) types.push_back(operand.type.name());
  std::string text = no_such_operator(node.op, types).message;
  const bool null = std::ranges::any_of(node.operands, is_null_literal);
  text += null ? "; has(column) says whether there is a value" : hint;
  return wrong(std::move(node), dialect, Code::wrong_type, text);
}

Result<Node> wrong_logic(Node node, Dialect dialect) {
  for (const Node& operand : node.operands) {
    if (is_bool(operand)) continue;
    return wrong(
        node, dialect, Code::wrong_type,
        "'" + std::string(expr::name(node.op)) + "' takes bool, not " + operand.type.name());
  }
  return node;
}

Result<Node> conditional(Node node, Dialect dialect) {
  adapt_literals(std::span(node.operands).subspan(1), dialect);
  const Type& yes = node.operands[1].type;
  const Type& no = node.operands[2].type;
  node.type = Type();
  if (!is_bool(node.operands[0])) {
    return wrong(node, dialect, Code::wrong_type,
                 "a condition before '?' is a bool, not " + node.operands[0].type.name());
  }
  if (const auto type = common_type(yes, no)) {
    node.type = *type;
  } else if (dialect == Dialect::pipeline && (yes.is(Kind::null) || no.is(Kind::null))) {
    node.type = yes.is(Kind::null) ? no : yes;
  } else {
    return wrong(
        node, dialect, Code::wrong_type,
        "what stands around ':' is of one type, not of " + yes.name() + " and " + no.name());
  }
  return node;
}

// The elements of a constant list of ints as doubles, where that changes none of them.
void list_as_doubles(Node& list) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const auto* elements = list.constant.get<data::List>();
  if (elements == nullptr || !list.type.element().is(Kind::int64)) return;
  data::List doubles;
  for (const data::Value& element : *elements) {
    const auto* number = element.get<std::int64_t>();
    if (number == nullptr || *number > kExact || *number < -kExact) return;
    doubles.emplace_back(static_cast<double>(*number));
  }
  list.constant = std::move(doubles);
  list.type = Type::list(Kind::float64);
}

Result<Node> membership(Node node, Dialect dialect) {
  if (dialect == Dialect::pipeline && node.operands[0].type.is(Kind::float64))
    list_as_doubles(node.operands[1]);
  const Type& value = node.operands[0].type;
  const Type& container = node.operands[1].type;
  const bool fits = container.is(Kind::dyn) ||
                    (container.is(Kind::list) && comparable(value, container.element())) ||
                    (container.is(Kind::map) && comparable(value, container.key()));
  return fits ? std::move(node) : wrong_operands(std::move(node), dialect);
}

Result<Node> negation(Node node, Dialect dialect) {
  node.type = node.operands[0].type;
  const bool fits =
      node.type.is(Kind::int64) || node.type.is(Kind::float64) || node.type.is(Kind::dyn);
  if (!fits) node.type = Type();
  return fits ? std::move(node) : wrong_operands(std::move(node), dialect);
}

Result<Node> arithmetic(Node node, Dialect dialect) {
  const Node& a = node.operands[0];
  const Node& b = node.operands[1];
  const bool known = !is_dyn(a) && !is_dyn(b);
  const auto type = known ? arithmetic_type(node.op, a.type, b.type)
                          : arithmetic_type(node.op, is_dyn(a) ? b : a);
  node.type = type.value_or(Type());
  if (type) return node;
  const auto mixes = [](const Type& x, const Type& y) {
    return x.is(Kind::int64) && y.is(Kind::float64);
  };
  const bool mixed = mixes(a.type, b.type) || mixes(b.type, a.type);
  return wrong_operands(std::move(node), dialect, mixed ? "; write double(…) around the int" : "");
}

}  // namespace

Result<Node> wrong(Node node, Dialect dialect, Code code, std::string_view message) {
  if (dialect == Dialect::pipeline) return fail_at(node.position, code, message);
  return node;
}

bool comparable(const Type& a, const Type& b) {
  if (a.is(Kind::dyn) || b.is(Kind::dyn) || (a.numeric() && b.numeric())) return true;
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::list)) return comparable(a.element(), b.element());
  if (a.is(Kind::map)) return comparable(a.key(), b.key()) && comparable(a.value(), b.value());
  return true;
}

void adapt_literals(std::span<Node> nodes, Dialect dialect) {
  const bool any_double =
      std::ranges::any_of(nodes, [](const Node& n) { return n.type.is(Kind::float64); });
  if (dialect != Dialect::pipeline || !any_double) return;
  for (Node& node : nodes) {
    if (node.literal) become_double(node);
  }
}

Result<Node> type_operation(Node node, Dialect dialect) {
  switch (node.op) {
    case Operator::logical_and:
    case Operator::logical_or:
    case Operator::logical_not:
      return std::ranges::all_of(node.operands, is_bool) ? std::move(node)
                                                         : wrong_logic(std::move(node), dialect);
    case Operator::conditional: return conditional(std::move(node), dialect);
    case Operator::in: return membership(std::move(node), dialect);
    case Operator::negate: return negation(std::move(node), dialect);
    default: break;
  }
  adapt_literals(node.operands, dialect);
  const Type& a = node.operands[0].type;
  const Type& b = node.operands[1].type;
  switch (node.op) {
    case Operator::equal:
    case Operator::not_equal:
      return comparable(a, b) ? std::move(node) : wrong_operands(std::move(node), dialect);
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
      return ordered(a, b) ? std::move(node) : wrong_operands(std::move(node), dialect);
    default: return arithmetic(std::move(node), dialect);
  }
}

}  // namespace weir::expr
