// The checker.
#include "expr/checker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "expr/call_typing.h"
#include "expr/rows.h"
#include "expr/typing.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t kNamesShownMax = 40;

class Checker {
 public:
  Checker(const Scope& scope, Dialect dialect)
      : scope_(scope), dialect_(dialect), strict_(dialect == Dialect::pipeline) {}

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

  // Where every operand is a constant, so is the node, unless it errs: then each record does.
  void fold(Node& node) const {
    if (node.operands.empty() && node.kind != Node::Kind::list && node.kind != Node::Kind::map)
      return;
    const auto constant = [](const Node& operand) { return operand.kind == Node::Kind::constant; };
    if (node.kind == Node::Kind::present || !std::ranges::all_of(node.operands, constant)) return;
    auto value = evaluate_row(node, dialect_, {});
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

  // ---- operators, lists and maps ----

  Result<Node> operation(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::operation, Kind::boolean);
    TRY_DO(check_operands(syntax, node));
    return type_operation(std::move(node), dialect_);
  }

  Result<Node> list(const Syntax& syntax) {
    Node node = node_of(syntax, Node::Kind::list, Type());
    TRY_DO(check_operands(syntax, node));
    adapt_literals(node.operands, dialect_);
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
          k.is(Kind::dyn)) {
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
    return type_call(std::move(node), style, dialect_);
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

  Result<Node> wrong(Node node, Code code, std::string_view message) const {
    return expr::wrong(std::move(node), dialect_, code, message);
  }

  const Scope& scope_;
  Dialect dialect_;
  bool strict_;
};

}  // namespace

Result<Node> check(const Syntax& syntax, const Scope& scope, Dialect dialect) {
  return Checker(scope, dialect).check(syntax);
}

}  // namespace weir::expr
