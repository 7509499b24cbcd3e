// The checker.
#include "expr/checker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "expr/operators.h"
#include "expr/rows.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t kNamesShownMax = 40;

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

// Whether == between them can be anything but false.
bool comparable(const Type& a, const Type& b) {
  if (a.is(Kind::dyn) || b.is(Kind::dyn) || (a.numeric() && b.numeric())) return true;
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::list)) return comparable(a.element(), b.element());
  if (a.is(Kind::map)) return comparable(a.key(), b.key()) && comparable(a.value(), b.value());
  return true;
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

class Checker {
 public:
  Checker(const Scope& scope, Dialect dialect)
      : scope_(scope), strict_(dialect == Dialect::pipeline) {}

  Result<Node> check(const Syntax& syntax) {
    auto node = check_unfolded(syntax);
    if (node) fold(*node);
    return node;
  }

 private:
  Result<Node> check_unfolded(const Syntax& syntax) {
    switch (syntax.kind) {
      case Syntax::Kind::literal: return literal(syntax);
      case Syntax::Kind::name: return name(syntax);
      case Syntax::Kind::select: return select(syntax);
      case Syntax::Kind::index: return index(syntax);
      case Syntax::Kind::call: return call(syntax, Style::call);
      case Syntax::Kind::member: return call(syntax, Style::member);
      case Syntax::Kind::operation: return operation(syntax);
      case Syntax::Kind::list: return list(syntax);
      case Syntax::Kind::map: return map(syntax);
      case Syntax::Kind::message:
        return fail_at(syntax.position, Code::not_yet,
                       "the message '" + syntax.text + "{…}' is not there yet");
    }
    return fail_at(syntax.position, Code::bug, "unknown syntax");
  }

  static Node node_of(const Syntax& syntax, Node::Kind kind, Type type) {
    Node node;
    node.kind = kind;
    node.op = syntax.op;
    node.type = std::move(type);
    node.position = syntax.position;
    node.text = syntax.text;
    return node;
  }

  Result<> check_operands(const Syntax& syntax, Node& node) {
    node.operands.reserve(syntax.operands.size());
    for (const Syntax& operand : syntax.operands) {
      TRY(Node checked, check(operand));
      node.operands.push_back(std::move(checked));
    }
    return {};
  }

  // What is wrong before any record is there: an error in pipelines, in CEL left to the record.
  Result<Node> wrong(Node node, Code code, std::string_view message) const {
    if (strict_) return fail_at(node.position, code, message);
    return node;
  }
  Result<Node> wrong_operands(Node node, std::string_view hint = "") const {
    std::vector<std::string> types;
    for (const Node& operand : node.operands) types.push_back(operand.type.name());
    std::string text = no_such_operator(node.op, types).message;
    const bool null = std::ranges::any_of(node.operands, is_null_literal);
    text += null ? "; has(column) says whether there is a value" : hint;
    return wrong(std::move(node), Code::wrong_type, text);
  }

  // Where every operand is a constant, so is the node, unless it errs: then each record does.
  void fold(Node& node) const {
    if (node.operands.empty() && node.kind != Node::Kind::list && node.kind != Node::Kind::map)
      return;
    const auto constant = [](const Node& operand) { return operand.kind == Node::Kind::constant; };
    if (node.kind == Node::Kind::present || !std::ranges::all_of(node.operands, constant)) return;
    auto value = evaluate_row(node, strict_ ? Dialect::pipeline : Dialect::cel, {});
    if (!value) return;
    node.kind = Node::Kind::constant;
    node.constant = std::move(*value);
    node.operands.clear();
  }

  // ---- names ----

  Result<Node> literal(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::constant, kind_of(syntax.literal));
    node.constant = syntax.literal;
    node.literal = node.type.is(Kind::int64);
    return node;
  }

  // The names of a chain, such as a.b.c; false where it is none. Parentheses end a name: (a.b).c is
  // a field of a.b.
  static bool dotted(const Syntax& syntax, std::vector<const Syntax*>& parts) {
    if (syntax.kind == Syntax::Kind::select) {
      const Syntax& object = syntax.operands.front();
      if (object.closed || !dotted(object, parts)) return false;
    } else if (syntax.kind != Syntax::Kind::name) {
      return false;
    }
    parts.push_back(&syntax);
    return true;
  }

  static std::string joined(std::span<const Syntax* const> parts) {
    std::string out;
    for (const Syntax* part : parts) out += (out.empty() ? "" : ".") + part->text;
    return out;
  }

  std::optional<Node> find(std::span<const Syntax* const> parts) const {
    const std::string name = joined(parts);
    const auto found = std::ranges::find(scope_.variables, name, &Variable::name);
    Node node = node_of(*parts.front(), Node::Kind::constant, Kind::type);
    node.text = name;
    if (found != scope_.variables.end()) {
      node.kind = found->kind;
      node.type = found->type;
      node.slot = found->slot;
      return node;
    }
    const auto type = named_type(name);
    if (!type) return std::nullopt;
    node.constant = *type;
    return node;
  }

  bool readable(const Node& node) const {
    const auto found = std::ranges::find(scope_.variables, node.text, &Variable::name);
    return found == scope_.variables.end() || found->readable;
  }

  Result<Node> name(const Syntax& syntax) { return resolve(syntax); }

  // A name or a chain of names: the longest prefix that stands for something, then fields of it.
  Result<Node> resolve(const Syntax& syntax) {
    std::vector<const Syntax*> parts;
    dotted(syntax, parts);
    for (std::size_t size = parts.size(); size > 0; --size) {
      auto node = find(std::span(parts).first(size));
      if (!node) continue;
      if (!readable(*node)) {
        return fail_at(node->position, Code::wrong_type,
                       "'" + node->text +
                           "' holds pictures or packets, which expressions cannot read; has(" +
                           node->text + ") says whether there is one");
      }
      for (; size < parts.size(); ++size) {
        TRY(node, select_of(std::move(*node), *parts[size]));
      }
      return std::move(*node);
    }
    return unknown(parts);
  }

  Result<Node> unknown(std::span<const Syntax* const> parts) const {
    const std::string name = joined(parts);
    std::vector<std::string_view> names;
    for (const Variable& variable : scope_.variables) names.push_back(variable.name);
    std::string_view near = base::nearest(name, names);
    if (near.empty()) near = base::nearest(parts.front()->text, names);
    std::string text = "there is no " + std::string(scope_.noun) + " '" + name + "'";
    if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
    text += names.empty() ? "; there are none" : "; there are: ";
    for (std::size_t i = 0; i < names.size() && i < kNamesShownMax; ++i) {
      text += (i == 0 ? "" : ", ") + std::string(names[i]);
    }
    if (names.size() > kNamesShownMax) text += ", …";
    Node node = node_of(*parts.front(), Node::Kind::failure, Type());
    node.failure = fail_at(node.position, Code::unknown_name, text).error();
    return wrong(std::move(node), Code::unknown_name, text);
  }

  // ---- fields and elements ----

  Result<Node> select(const Syntax& syntax) {
    std::vector<const Syntax*> parts;
    if (dotted(syntax, parts)) return resolve(syntax);
    TRY(Node object, check(syntax.operands.front()));
    return select_of(std::move(object), syntax);
  }

  Result<Node> select_of(Node object, const Syntax& field) {
    Node node = node_of(field, Node::Kind::select, Type());
    node.operands.push_back(std::move(object));
    const auto type = field_type(node.operands.front().type, node);
    if (!type) return wrong(std::move(node), type.error().code, type.error().message);
    node.type = *type;
    return node;
  }

  static Result<Type> field_type(const Type& object, const Node& node) {
    const std::string& field = node.text;
    if (object.is(Kind::dyn)) return Type();
    if (object.is(Kind::map) && comparable(object.key(), Kind::string)) return object.value();
    if (!object.is(Kind::structure)) {
      return base::fail(Code::wrong_type, object.name() + " has no field '" + field + "'");
    }
    std::vector<std::string_view> names;
    for (const data::Field& candidate : object.structure().fields()) {
      if (candidate.name == field) return Type::of(candidate.type);
      names.push_back(candidate.name);
    }
    const std::string_view near = base::nearest(field, names);
    return base::fail(Code::unknown_name,
                      object.name() + " has no field '" + field + "'" +
                          (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
  }

  Result<Node> index(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::index, Type());
    TRY_DO(check_operands(syntax, node));
    const Type& container = node.operands[0].type;
    const Type key = node.operands[1].type;
    if (container.is(Kind::dyn)) return node;
    if (container.is(Kind::list)) {
      node.type = container.element();
      if (key.is(Kind::int64) || key.is(Kind::uint64) || key.is(Kind::dyn)) return node;
      return wrong(std::move(node), Code::wrong_type,
                   "a list is indexed by an int, not by " + key.name());
    }
    if (container.is(Kind::map)) {
      if (comparable(container.key(), key)) {
        node.type = container.value();
        return node;
      }
      return wrong(std::move(node), Code::wrong_type,
                   container.name() + " has no key of type " + key.name());
    }
    return wrong(
        std::move(node), Code::wrong_type,
        container.name() + " has no elements" +
            (container.is(Kind::structure) ? "; a field is written with a point before it" : ""));
  }

  // ---- operators ----

  Result<Node> operation(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::operation, Kind::boolean);
    TRY_DO(check_operands(syntax, node));
    switch (syntax.op) {
      case Operator::logical_and:
      case Operator::logical_or:
      case Operator::logical_not:
        return std::ranges::all_of(node.operands, is_bool) ? std::move(node)
                                                           : wrong_logic(std::move(node));
      case Operator::conditional: return conditional(std::move(node));
      case Operator::in: return membership(std::move(node));
      case Operator::negate: return negation(std::move(node));
      default: break;
    }
    adapt(node.operands);
    const Type& a = node.operands[0].type;
    const Type& b = node.operands[1].type;
    switch (syntax.op) {
      case Operator::equal:
      case Operator::not_equal:
        return comparable(a, b) ? std::move(node) : wrong_operands(std::move(node));
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal:
        return ordered(a, b) ? std::move(node) : wrong_operands(std::move(node));
      default: return arithmetic(std::move(node));
    }
  }

  // In pipelines an int literal beside a double is a double.
  void adapt(std::span<Node> nodes) const {
    const bool any_double =
        std::ranges::any_of(nodes, [](const Node& n) { return n.type.is(Kind::float64); });
    if (!strict_ || !any_double) return;
    for (Node& node : nodes) {
      if (node.literal) become_double(node);
    }
  }

  Result<Node> wrong_logic(Node node) const {
    for (const Node& operand : node.operands) {
      if (is_bool(operand)) continue;
      return wrong(
          node, Code::wrong_type,
          "'" + std::string(expr::name(node.op)) + "' takes bool, not " + operand.type.name());
    }
    return node;
  }

  Result<Node> conditional(Node node) const {
    adapt(std::span(node.operands).subspan(1));
    const Type& yes = node.operands[1].type;
    const Type& no = node.operands[2].type;
    node.type = Type();
    if (!is_bool(node.operands[0])) {
      return wrong(node, Code::wrong_type,
                   "a condition before '?' is a bool, not " + node.operands[0].type.name());
    }
    if (const auto type = common_type(yes, no)) {
      node.type = *type;
    } else if (strict_ && (yes.is(Kind::null) || no.is(Kind::null))) {
      node.type = yes.is(Kind::null) ? no : yes;
    } else {
      return wrong(
          node, Code::wrong_type,
          "what stands around ':' is of one type, not of " + yes.name() + " and " + no.name());
    }
    return node;
  }

  // The elements of a constant list of ints as doubles, where that changes none of them.
  static void list_as_doubles(Node& list) {
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

  Result<Node> membership(Node node) const {
    if (strict_ && node.operands[0].type.is(Kind::float64)) list_as_doubles(node.operands[1]);
    const Type& value = node.operands[0].type;
    const Type& container = node.operands[1].type;
    const bool fits = container.is(Kind::dyn) ||
                      (container.is(Kind::list) && comparable(value, container.element())) ||
                      (container.is(Kind::map) && comparable(value, container.key()));
    return fits ? std::move(node) : wrong_operands(std::move(node));
  }

  Result<Node> negation(Node node) const {
    node.type = node.operands[0].type;
    const bool fits =
        node.type.is(Kind::int64) || node.type.is(Kind::float64) || node.type.is(Kind::dyn);
    if (!fits) node.type = Type();
    return fits ? std::move(node) : wrong_operands(std::move(node));
  }

  Result<Node> arithmetic(Node node) const {
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
    return wrong_operands(std::move(node), mixed ? "; write double(…) around the int" : "");
  }

  // ---- lists and maps ----

  Result<Node> list(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::list, Type());
    TRY_DO(check_operands(syntax, node));
    adapt(node.operands);
    std::optional<Type> element;
    for (const Node& operand : node.operands) {
      element = element ? common_type(*element, operand.type).value_or(Type()) : operand.type;
    }
    if (element && element->is(Kind::null)) element = Type();
    node.type = Type::list(element.value_or(Type()));
    return node;
  }

  Result<Node> map(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::map, Type());
    TRY_DO(check_operands(syntax, node));
    std::optional<Type> key;
    std::optional<Type> value;
    for (std::size_t i = 0; i < node.operands.size(); i += 2) {
      const Type& k = node.operands[i].type;
      const Type& v = node.operands[i + 1].type;
      key = key ? common_type(*key, k).value_or(Type()) : k;
      value = value ? common_type(*value, v).value_or(Type()) : v;
    }
    node.type = Type::map(key.value_or(Type()), value.value_or(Type()));
    for (std::size_t i = 0; i < node.operands.size(); i += 2) {
      const Type& k = node.operands[i].type;
      if (k.is(Kind::int64) || k.is(Kind::uint64) || k.is(Kind::string) || k.is(Kind::boolean) ||
          is_dyn(node.operands[i])) {
        continue;
      }
      return wrong(std::move(node), Code::wrong_type,
                   "a map's key is an int, uint, bool or string, not " + k.name());
    }
    return node;
  }

  // ---- functions ----

  Result<Node> call(const Syntax& syntax, Style style) {
    if (style == Style::call && syntax.text == "has") return has(syntax);
    if (later(syntax, style)) {
      return fail_at(syntax.position, Code::not_yet,
                     "function '" + syntax.text + "' is not there yet");
    }
    Node node = node_of(syntax, Node::Kind::call, Type());
    for (const Overload& overload : overloads()) {
      if (overload.name == syntax.text) node.overloads.push_back(&overload);
    }
    if (node.overloads.empty()) return unknown_function(std::move(node));
    TRY_DO(check_operands(syntax, node));
    return choose(std::move(node), style);
  }

  bool later(const Syntax& syntax, Style style) const {
    if (comes_later(syntax.text)) return true;
    if (style != Style::member || syntax.operands.front().kind != Syntax::Kind::name) return false;
    const std::string& space = syntax.operands.front().text;
    return namespace_comes_later(space) &&
           std::ranges::find(scope_.variables, space, &Variable::name) == scope_.variables.end();
  }

  Result<Node> unknown_function(Node node) const {
    const auto names = function_names();
    const std::string_view near = base::nearest(node.text, names);
    std::string text = "there is no function '" + node.text + "'";
    if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
    node.kind = Node::Kind::failure;
    node.failure = fail_at(node.position, Code::unknown_name, text).error();
    return wrong(std::move(node), Code::unknown_name, text);
  }

  // Keeps the overloads that the operands' types may fit.
  Result<Node> choose(Node node, Style style) const {
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
    if (node.overloads.empty()) return wrong_call(std::move(node), style, all);
    node.type = node.overloads.front()->result;
    for (const Overload* overload : node.overloads) {
      if (!node.type.is(overload->result)) node.type = Type();
    }
    return ready_pattern(std::move(node));
  }

  Result<Node> wrong_call(Node node, Style style, std::span<const Overload* const> all) const {
    const bool other_style =
        std::ranges::none_of(all, [&](const Overload* o) { return o->style == style; });
    std::string text = "'" + node.text + "' ";
    if (other_style) {
      text += style == Style::call ? "is written behind its object: x." + node.text + "(…)"
                                   : "is written before its operand: " + node.text + "(x)";
      return wrong(std::move(node), Code::wrong_type, text);
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
    return wrong(std::move(node), Code::wrong_type, text + expected);
  }

  Result<Node> ready_pattern(Node node) const {
    if (node.text != "matches" || node.operands[1].kind != Node::Kind::constant) return node;
    const auto* text = node.operands[1].constant.get<std::string>();
    if (text == nullptr) return node;
    auto pattern = compile_pattern(*text);
    if (!pattern) return wrong(std::move(node), pattern.error().code, pattern.error().message);
    node.pattern = std::move(*pattern);
    return node;
  }

  // has(x.f): whether the field is there; in pipelines has(column) too.
  Result<Node> has(const Syntax& syntax) {
    const bool one = syntax.operands.size() == 1;
    std::vector<const Syntax*> parts;
    Node node = node_of(syntax, Node::Kind::present, Kind::boolean);
    if (one && dotted(syntax.operands.front(), parts) && (strict_ || parts.size() > 1)) {
      if (auto name = find(parts); name && name->kind != Node::Kind::constant) {
        node.operands.push_back(std::move(*name));
        return node;
      }
    }
    if (one && strict_ && parts.size() == 1 && !find(parts)) return unknown(parts);
    if (!one || syntax.operands.front().kind != Syntax::Kind::select) {
      return fail_at(syntax.position, Code::invalid,
                     strict_ ? "has() takes a column or a field, such as has(x.f)"
                             : "has() takes a field, such as has(x.f)");
    }
    const Syntax& field = syntax.operands.front();
    TRY(Node object, check(field.operands.front()));
    node.kind = Node::Kind::has;
    node.text = field.text;
    node.operands.push_back(std::move(object));
    const auto type = field_type(node.operands.front().type, node);
    if (!type) return wrong(std::move(node), type.error().code, type.error().message);
    return node;
  }

  const Scope& scope_;
  bool strict_;
};

}  // namespace

Result<Node> check(const Syntax& syntax, const Scope& scope, Dialect dialect) {
  return Checker(scope, dialect).check(syntax);
}

}  // namespace weir::expr
