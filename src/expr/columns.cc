// Evaluation by columns.
#include "expr/columns.h"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "expr/kernels.h"
#include "expr/logic.h"
#include "expr/numbers.h"
#include "expr/operators.h"
#include "expr/rows.h"

namespace weir::expr {
namespace {

using base::Result;
using data::Value;

class Columns {
 public:
  Columns(const Program& program, const data::Batch& batch)
      : program_(program), batch_(batch), size_(batch.size()) {}

  Vector evaluate(const Node& node) const {
    if (!node.columnar) return by_rows(node);
    switch (node.kind) {
      case Node::Kind::constant: return Vector::constant_of(node.constant);
      case Node::Kind::column: return Vector::of_column(batch_.column(node.slot), batch_);
      case Node::Kind::time: return Vector::of_times(batch_);
      case Node::Kind::device: return devices();
      case Node::Kind::present: return present(node.operands.front());
      case Node::Kind::call: return call(node);
      default: return operation(node);
    }
  }

 private:
  Vector by_rows(const Node& node) const {
    std::vector<Value> values(size_);
    std::vector<RecordError> errors;
    Record record{&batch_, 0, program_.devices, {}};
    for (; record.index < size_; ++record.index) {
      auto value = evaluate_row(node, program_.dialect, record);
      if (value) {
        values[record.index] = std::move(*value);
      } else {
        errors.push_back({record.index, std::move(value.error())});
      }
    }
    return Vector::of_values(node.type.kind(), std::move(values), std::move(errors));
  }

  Vector devices() const {
    Vector out(Kind::string);
    const auto texts = out.make_texts(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      const bool again = i > 0 && batch_.device(i) == batch_.device(i - 1);
      texts[i] = again ? texts[i - 1] : program_.devices->name(batch_.device(i));
    }
    return out;
  }

  Vector present(const Node& name) const {
    Vector out(Kind::boolean);
    const auto flags = out.make_flags(size_);
    std::ranges::fill(flags, 1);
    if (name.kind != Node::Kind::column) return out;
    const data::Column& column = batch_.column(name.slot);
    for (std::size_t i = 0; i < size_; ++i) flags[i] = column.is_null(batch_.row(i)) ? 0 : 1;
    return out;
  }

  Vector operation(const Node& node) const {
    switch (node.op) {
      case Operator::logical_and:
      case Operator::logical_or: return logic(node);
      case Operator::conditional: return conditional(node);
      case Operator::in: return membership(node);
      case Operator::logical_not: {
        Vector a = evaluate(node.operands[0]);
        Vector out = like(Kind::boolean, a);
        map(a.flags.data(), out.make_flags(size_).data(), size_,
            [](std::uint8_t flag) { return static_cast<std::uint8_t>(flag ^ 1U); });
        return out;
      }
      case Operator::negate: return negation(node);
      case Operator::add:
      case Operator::subtract:
      case Operator::multiply:
      case Operator::divide:
      case Operator::remainder: return arithmetic_of(node);
      default: return comparison(node);
    }
  }

  // A vector of another kind whose rows are null or in error where those of `a` are.
  static Vector like(Kind kind, Vector& a) {
    Vector out(kind);
    out.states = std::move(a.states);
    out.errors = std::move(a.errors);
    return out;
  }
  static Vector like(Kind kind, Vector& a, Vector& b) {
    Vector out(kind);
    out.states = joined_states(a, b);
    out.errors = joined_errors(std::move(a.errors), std::move(b.errors));
    return out;
  }

  // Asks `f` for the value of each row that has its operands, and keeps the errors. For rows that
  // the loops found bad.
  template <class F>
  void find_errors(const Node& node, Vector& out, F f) const {
    std::vector<RecordError> errors;
    for (std::size_t row = 0; row < size_; ++row) {
      if (out.state(row) != kValue) continue;
      const Result<Value> value = f(row);
      if (value) continue;
      out.states.resize(size_, kValue);
      out.states[row] = kError;
      errors.push_back(
          {row, fail_at(node.position, value.error().code, value.error().message).error()});
    }
    out.errors = joined_errors(std::move(out.errors), std::move(errors));
  }

  // ---- arithmetic ----

  Vector arithmetic_of(const Node& node) const {
    Vector a = evaluate(node.operands[0]);
    Vector b = evaluate(node.operands[1]);
    Vector out = like(node.type.kind(), a, b);
    if (out.kind == Kind::float64) {
      double_arithmetic(node.op, a, b, out.make_doubles(size_));
      return out;
    }
    if (int_arithmetic(node.op, a, b, out.make_ints(size_))) {
      find_errors(node, out,
                  [&](std::size_t row) { return arithmetic(node.op, a.value(row), b.value(row)); });
    }
    return out;
  }

  static void double_arithmetic(Operator op, const Vector& a, const Vector& b,
                                std::span<double> out) {
    switch (op) {
      case Operator::add: return zip_vectors(a.doubles, b.doubles, out, std::plus<>());
      case Operator::subtract: return zip_vectors(a.doubles, b.doubles, out, std::minus<>());
      case Operator::multiply: return zip_vectors(a.doubles, b.doubles, out, std::multiplies<>());
      default: return zip_vectors(a.doubles, b.doubles, out, std::divides<>());
    }
  }

  // Whether any row is bad, perhaps one that is null.
  static bool int_arithmetic(Operator op, const Vector& a, const Vector& b,
                             std::span<std::int64_t> out) {
    bool bad = false;
    const auto run = [&](auto f) {
      zip_vectors(a.ints, b.ints, out,
                  [&](std::int64_t x, std::int64_t y) { return f(x, y, bad); });
    };
    switch (op) {
      case Operator::add: run(Add()); break;
      case Operator::subtract: run(Subtract()); break;
      case Operator::multiply: run(Multiply()); break;
      case Operator::divide: run(Divide()); break;
      default: run(Remainder());
    }
    return bad;
  }

  Vector negation(const Node& node) const {
    Vector a = evaluate(node.operands[0]);
    Vector out = like(a.kind, a);
    if (a.kind == Kind::float64) {
      map(a.doubles.data(), out.make_doubles(size_).data(), size_, std::negate<>());
      return out;
    }
    bool bad = false;
    map(a.ints.data(), out.make_ints(size_).data(), size_,
        [&](std::int64_t x) { return Subtract()(0, x, bad); });
    if (bad) find_errors(node, out, [&](std::size_t row) { return negate(a.value(row)); });
    return out;
  }

  // ---- comparison ----

  Vector comparison(const Node& node) const {
    Vector a = evaluate(node.operands[0]);
    Vector b = evaluate(node.operands[1]);
    Vector out = like(Kind::boolean, a, b);
    const auto flags = out.make_flags(size_);
    const bool doubles_a = a.kind == Kind::float64;
    const bool doubles_b = b.kind == Kind::float64;
    with_comparison(node.op, [&](auto f) {
      const auto flag = [f](const auto& x, const auto& y) {
        return static_cast<std::uint8_t>(f(x, y));
      };
      const auto number = [f](auto x, auto y) {
        return static_cast<std::uint8_t>(holds(f, compare(x, y)));
      };
      if (holds_texts(a.kind)) return zip_vectors(a.texts, b.texts, flags, flag);
      if (a.kind == Kind::boolean) return zip_vectors(a.flags, b.flags, flags, flag);
      if (doubles_a && doubles_b) return zip_vectors(a.doubles, b.doubles, flags, flag);
      if (doubles_a) return zip_vectors(a.doubles, b.ints, flags, number);
      if (doubles_b) return zip_vectors(a.ints, b.doubles, flags, number);
      zip_vectors(a.ints, b.ints, flags, flag);
    });
    return out;
  }

  // Whether an order is what the comparison asks for; without an order, only != holds.
  template <class F>
  static bool holds(F f, std::partial_ordering order) {
    if (order == std::partial_ordering::unordered) return std::is_same_v<F, std::not_equal_to<>>;
    return f(order < 0 ? -1 : order > 0 ? 1 : 0, 0);
  }

  Vector membership(const Node& node) const {
    Vector a = evaluate(node.operands[0]);
    Vector out = like(Kind::boolean, a);
    const auto flags = out.make_flags(size_);
    const Vector list = Vector::of_values(a.kind, *node.operands[1].constant.get<data::List>(), {});
    const auto run = [&](auto values, auto elements) {
      std::ranges::sort(elements);
      for (std::size_t i = 0; i < size_; ++i)
        flags[i] = std::ranges::binary_search(elements, values[i]) ? 1 : 0;
    };
    if (holds_texts(a.kind)) {
      run(a.texts, std::vector(list.texts.begin(), list.texts.end()));
    } else if (a.kind == Kind::float64) {
      // NaN has no place in an order, and no double is equal to it.
      std::vector<double> elements(list.doubles.begin(), list.doubles.end());
      std::erase_if(elements, [](double x) { return x != x; });
      run(a.doubles, std::move(elements));
      for (std::size_t i = 0; i < size_; ++i)
        flags[i] = a.doubles[i] == a.doubles[i] ? flags[i] : 0;
    } else {
      run(a.ints, std::vector(list.ints.begin(), list.ints.end()));
    }
    return out;
  }

  // ---- logic ----

  Vector logic(const Node& node) const {
    const std::uint8_t decides = node.op == Operator::logical_or ? 1 : 0;
    Vector all = spread(evaluate(node.operands[0]));
    for (std::size_t i = 1; i < node.operands.size() && !decided(all, size_, decides); ++i) {
      all = join_logic(std::move(all), spread(evaluate(node.operands[i])), size_, decides);
    }
    drop_decided_errors(all);
    return all;
  }

  // A constant as a row for each record.
  Vector spread(Vector vector) const {
    if (!vector.constant) return vector;
    Vector out(vector.kind);
    if (vector.kind == Kind::boolean)
      std::ranges::fill(out.make_flags(size_), vector.flags.front());
    return out;
  }

  Vector conditional(const Node& node) const {
    Vector condition = spread(evaluate(node.operands[0]));
    Vector yes = evaluate(node.operands[1]);
    Vector no = evaluate(node.operands[2]);
    Vector out(node.type.kind());
    choose(condition, yes, no, out);
    if (!condition.states.empty() || !yes.states.empty() || !no.states.empty()) {
      out.states.resize(size_);
      for (std::size_t i = 0; i < size_; ++i) {
        const State state = condition.state(i);
        out.states[i] = state != kValue ? state : (condition.flags[i] != 0 ? yes : no).state(i);
      }
    }
    const auto not_taken = [&](bool branch) {
      return [&, branch](const RecordError& error) {
        return condition.state(error.index) != kValue ||
               (condition.flags[error.index] != 0) != branch;
      };
    };
    std::erase_if(yes.errors, not_taken(true));
    std::erase_if(no.errors, not_taken(false));
    out.errors = joined_errors(std::move(condition.errors),
                               joined_errors(std::move(yes.errors), std::move(no.errors)));
    out.keep(std::move(yes));
    out.keep(std::move(no));
    return out;
  }

  void choose(const Vector& condition, const Vector& yes, const Vector& no, Vector& out) const {
    const auto run = [&](auto a, auto b, auto to) {
      const std::size_t step_a = yes.constant ? 0 : 1;
      const std::size_t step_b = no.constant ? 0 : 1;
      for (std::size_t i = 0; i < size_; ++i)
        to[i] = condition.flags[i] != 0 ? a[i * step_a] : b[i * step_b];
    };
    if (holds_texts(out.kind)) {
      run(yes.texts, no.texts, out.make_texts(size_));
    } else if (out.kind == Kind::float64) {
      run(yes.doubles, no.doubles, out.make_doubles(size_));
    } else if (out.kind == Kind::boolean) {
      run(yes.flags, no.flags, out.make_flags(size_));
    } else {
      run(yes.ints, no.ints, out.make_ints(size_));
    }
  }

  // ---- functions ----

  Vector call(const Node& node) const {
    const Overload& overload = *node.overloads.front();
    Vector a = evaluate(node.operands[0]);
    switch (overload.columnar) {
      case Columnar::to_int: return to_int(node, std::move(a));
      case Columnar::to_double: {
        Vector out = like(Kind::float64, a);
        map(a.ints.data(), out.make_doubles(size_).data(), size_,
            [](std::int64_t x) { return static_cast<double>(x); });
        return out;
      }
      case Columnar::time_part: {
        Vector out = like(Kind::int64, a);
        map(a.ints.data(), out.make_ints(size_).data(), size_,
            [&](std::int64_t ns) { return part(overload.part, ns); });
        return out;
      }
      case Columnar::size: {
        Vector out = like(Kind::int64, a);
        map(a.texts.data(), out.make_ints(size_).data(), size_, code_points);
        return out;
      }
      default: return text_test(node, overload.columnar, std::move(a));
    }
  }

  Vector to_int(const Node& node, Vector a) const {
    Vector out = like(Kind::int64, a);
    bool bad = false;
    map(a.doubles.data(), out.make_ints(size_).data(), size_, [&](double x) {
      const bool fits = x > -0x1p63 && x < 0x1p63;
      bad |= !fits;
      return fits ? static_cast<std::int64_t>(x) : 0;
    });
    if (bad) find_errors(node, out, [&](std::size_t row) { return int_of(a.doubles[row]); });
    return out;
  }

  Vector text_test(const Node& node, Columnar test, Vector a) const {
    Vector b = evaluate(node.operands[1]);
    Vector out = like(Kind::boolean, a, b);
    const auto flags = out.make_flags(size_);
    const auto run = [&](auto f) {
      zip_vectors(a.texts, b.texts, flags, [&](std::string_view x, std::string_view y) {
        return static_cast<std::uint8_t>(f(x, y));
      });
    };
    switch (test) {
      case Columnar::contains:
        run([](std::string_view x, std::string_view y) { return x.contains(y); });
        break;
      case Columnar::starts_with:
        run([](std::string_view x, std::string_view y) { return x.starts_with(y); });
        break;
      case Columnar::ends_with:
        run([](std::string_view x, std::string_view y) { return x.ends_with(y); });
        break;
      default: run([&](std::string_view x, std::string_view) { return matches(*node.pattern, x); });
    }
    return out;
  }

  const Program& program_;
  const data::Batch& batch_;
  std::size_t size_;
};

}  // namespace

Vector evaluate_columns(const Program& program, const Node& node, const data::Batch& batch) {
  return Columns(program, batch).evaluate(node);
}

}  // namespace weir::expr
