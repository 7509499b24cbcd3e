// Evaluation by rows.
#include "expr/rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "expr/operators.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;
using data::Value;

class Rows {
 public:
  Rows(Dialect dialect, const Record& record)
      : pipeline_(dialect == Dialect::pipeline), record_(record) {}

  Result<Value> evaluate(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::constant: return node.constant;
      case Node::Kind::failure: return std::unexpected(node.failure);
      case Node::Kind::column: return column().column(node.slot).value(row());
      case Node::Kind::time: return data::Timestamp{record_.batch->time_ns(record_.index)};
      case Node::Kind::device: return record_.devices->name(record_.batch->device(record_.index));
      case Node::Kind::variable: return record_.variables[node.slot];
      case Node::Kind::present: return present(node.operands.front());
      case Node::Kind::operation:
        if (node.op == Operator::logical_and || node.op == Operator::logical_or) return logic(node);
        if (node.op == Operator::conditional) return conditional(node);
        return strict(node);
      case Node::Kind::list:
      case Node::Kind::map: return literal(node);
      case Node::Kind::has:
      case Node::Kind::select:
      case Node::Kind::index:
      case Node::Kind::call: return strict(node);
    }
    return Value();
  }

 private:
  const data::Batch& column() const { return *record_.batch; }
  std::size_t row() const { return record_.batch->row(record_.index); }

  bool present(const Node& name) const {
    if (name.kind == Node::Kind::column) return !column().column(name.slot).is_null(row());
    return name.kind != Node::Kind::variable || !record_.variables[name.slot].is_null();
  }

  // The error of an operator or function, with its position.
  static Result<Value> placed(Result<Value> result, Position position) {
    if (result) return result;
    return fail_at(position, result.error().code, result.error().message);
  }

  // false decides &&, true decides ||, whatever the other operands are; then the first error
  // counts, then null.
  Result<Value> logic(const Node& node) const {
    const bool decides = node.op == Operator::logical_or;
    std::optional<base::Error> error;
    bool null = false;
    for (const Node& operand : node.operands) {
      auto value = evaluate(operand);
      if (!value) {
        if (!error) error = std::move(value.error());
      } else if (const auto* flag = value->get<bool>()) {
        if (*flag == decides) return decides;
      } else if (pipeline_ && value->is_null()) {
        null = true;
      } else if (!error) {
        error = not_bool(node, *value).error();
      }
    }
    if (error) return std::unexpected(std::move(*error));
    return null ? Value() : Value(!decides);
  }

  static std::unexpected<base::Error> not_bool(const Node& node, const Value& value) {
    const std::string types[] = {std::string(name(kind_of(value)))};
    return fail_at(node.position, Code::wrong_type, no_such_operator(node.op, types).message);
  }

  Result<Value> conditional(const Node& node) const {
    TRY(const Value condition, evaluate(node.operands[0]));
    if (pipeline_ && condition.is_null()) return Value();
    const auto* flag = condition.get<bool>();
    if (flag == nullptr) {
      return fail_at(
          node.position, Code::wrong_type,
          "a condition before '?' is a bool, not " + std::string(name(kind_of(condition))));
    }
    return evaluate(node.operands[*flag ? 1 : 2]);
  }

  // All operands are evaluated; the first error counts, then, in pipelines, null.
  Result<Value> strict(const Node& node) const {
    std::vector<Value> operands;
    TRY_DO(evaluate_operands(node, operands));
    if (pipeline_ && std::ranges::any_of(operands, &Value::is_null)) return Value();
    return placed(apply(node, operands), node.position);
  }

  Result<> evaluate_operands(const Node& node, std::vector<Value>& operands) const {
    operands.reserve(node.operands.size());
    for (const Node& operand : node.operands) {
      TRY(Value value, evaluate(operand));
      operands.push_back(std::move(value));
    }
    return {};
  }

  Result<Value> literal(const Node& node) const {
    std::vector<Value> operands;
    TRY_DO(evaluate_operands(node, operands));
    if (node.kind == Node::Kind::map) return placed(make_map(operands), node.position);
    return data::List(std::move(operands));
  }

  Result<Value> apply(const Node& node, std::vector<Value>& operands) const {
    switch (node.kind) {
      case Node::Kind::operation: return operate(node, operands);
      case Node::Kind::select: return field(operands[0], node.text);
      case Node::Kind::index: return element(operands[0], operands[1]);
      case Node::Kind::has: {
        TRY(const Value* found, find_field(operands[0], node.text));
        return found != nullptr && !(pipeline_ && found->is_null());
      }
      default: return call(node, operands);
    }
  }

  Result<Value> operate(const Node& node, std::vector<Value>& operands) const {
    Value& a = operands.front();
    Value& b = operands.back();
    switch (node.op) {
      case Operator::equal: return equal(a, b);
      case Operator::not_equal: return !equal(a, b);
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal: return ordering(node.op, a, b);
      case Operator::in: return membership(a, b);
      case Operator::negate: return expr::negate(a);
      case Operator::logical_not: {
        if (const auto* flag = a.get<bool>()) return !*flag;
        const std::string types[] = {std::string(name(kind_of(a)))};
        return std::unexpected(no_such_operator(node.op, types));
      }
      default:
        // Where a type was not known before, the rule for literals is applied here.
        if (node.operands.front().literal) as_double(a, b);
        if (node.operands.back().literal) as_double(b, a);
        return arithmetic(node.op, a, b);
    }
  }

  void as_double(Value& literal, const Value& other) const {
    const auto* number = literal.get<std::int64_t>();
    if (pipeline_ && number != nullptr && other.get<double>() != nullptr)
      literal = static_cast<double>(*number);
  }

  static Result<Value> call(const Node& node, std::span<const Value> arguments) {
    if (node.pattern != nullptr && arguments[0].get<std::string>() != nullptr) {
      return matches(*node.pattern, *arguments[0].get<std::string>());
    }
    const auto fits = [&](const Overload* overload) {
      for (std::size_t i = 0; i < overload->count; ++i) {
        const Kind parameter = overload->parameters[i];
        if (parameter != Kind::dyn && parameter != kind_of(arguments[i])) return false;
      }
      return true;
    };
    const auto found = std::ranges::find_if(node.overloads, fits);
    if (found != node.overloads.end()) return (*found)->apply(arguments);
    std::string types;
    for (const Value& argument : arguments) {
      types += (types.empty() ? "" : " and ") + std::string(name(kind_of(argument)));
    }
    return base::fail(Code::wrong_type,
                      "'" + node.text + "' does not take " + (types.empty() ? "nothing" : types));
  }

  bool pipeline_;
  const Record& record_;
};

}  // namespace

Result<Value> evaluate_row(const Node& node, Dialect dialect, const Record& record) {
  return Rows(dialect, record).evaluate(node);
}

}  // namespace weir::expr
