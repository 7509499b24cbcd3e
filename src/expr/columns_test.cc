// Evaluation by columns equals evaluation by rows, and a batch's borders mean nothing.
//
// Random expressions over random records from fixed seeds, with nulls, errors, selections and
// numbers at the bounds.
#include "expr/columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "expr/checker.h"
#include "expr/eval.h"
#include "expr/expression.h"
#include "expr/parser.h"
#include "expr/rows.h"

namespace weir::expr {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <std::size_t N>
  std::string pick(const std::array<std::string_view, N>& from) {
    return std::string(from[below(N)]);
  }

 private:
  std::mt19937_64 engine_;  // its own numbers are the same with every library
};

data::SchemaRef every_kind() {
  return data::make_schema({{"i", data::Kind::int64},
                            {"j", data::Kind::int64},
                            {"x", data::Kind::float64},
                            {"y", data::Kind::float64},
                            {"s", data::Kind::string},
                            {"t", data::Kind::string},
                            {"b", data::Kind::boolean},
                            {"c", data::Kind::boolean},
                            {"at", data::Kind::timestamp},
                            {"d", data::Kind::duration},
                            {"z", data::Kind::bytes},
                            {"v", data::Kind::value},
                            {"l", data::Type::list(data::Kind::int64)}});
}

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

std::int64_t random_int(Random& random) {
  constexpr std::array<std::int64_t, 6> kEdges = {0, -1, kMin, kMax, kMax - 1, 1LL << 53};
  return random.one_in(4) ? kEdges[random.below(kEdges.size())]
                          : static_cast<std::int64_t>(random.below(9)) - 4;
}

double random_double(Random& random) {
  constexpr std::array<double, 8> kEdges = {
      0.0,    -0.0,    1e300,  std::numeric_limits<double>::infinity(),
      0x1p63, -0x1p63, 0x1p53, std::numeric_limits<double>::quiet_NaN()};
  return random.one_in(4) ? kEdges[random.below(kEdges.size())]
                          : static_cast<double>(random.below(17)) / 2 - 4;
}

std::string random_text(Random& random) {
  return random.pick(std::array<std::string_view, 6>{"", "a", "ab", "b", "äb", "aab"});
}

data::Value random_value(Random& random, const data::Type& type) {
  if (random.one_in(5)) return {};
  switch (type.kind()) {
    case data::Kind::int64: return random_int(random);
    case data::Kind::float64: return random_double(random);
    case data::Kind::string: return random_text(random);
    case data::Kind::bytes: return data::Bytes{random_text(random)};
    case data::Kind::boolean: return random.one_in(2);
    case data::Kind::timestamp: return data::Timestamp{random_int(random)};
    case data::Kind::duration: return data::Duration{random_int(random)};
    case data::Kind::list:
      return random.one_in(2) ? data::List{} : data::List{random_int(random), 1};
    default:
      return random.one_in(2) ? data::Value(random_int(random)) : data::Value(random_text(random));
  }
}

data::Batch random_batch(Random& random, std::size_t records) {
  data::BatchBuilder builder(every_kind());
  for (std::size_t record = 0; record < records; ++record) {
    for (std::size_t i = 0; i < every_kind()->size(); ++i) {
      const data::Value value = random_value(random, every_kind()->field(i).type);
      if (value.is_null()) {
        builder.column(i).append_null();
      } else {
        EXPECT_TRUE(builder.column(i).append(value));
      }
    }
    builder.end_record(random_int(random), 0);
  }
  return builder.finish();
}

// Writes expressions of a wanted type.
class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  std::string boolean(int depth) {
    if (depth == 0) return pick<4>({"b", "c", "true", "has(s)"});
    const int d = depth - 1;
    switch (random_.below(12)) {
      case 0: return "(" + boolean(d) + " && " + boolean(d) + " && " + boolean(d) + ")";
      case 1: return "(" + boolean(d) + " || " + boolean(d) + ")";
      case 2: return "!" + boolean(0);
      case 3: return "(" + integer(d) + relation() + number(d) + ")";
      case 4: return "(" + real(d) + relation() + number(d) + ")";
      case 5: return "(" + text(d) + relation() + text(d) + ")";
      case 6: return "(" + time(d) + relation() + time(d) + ")";
      case 7: return "(" + boolean(d) + " ? " + boolean(d) + " : " + boolean(d) + ")";
      case 8: return "(" + integer(d) + " in [0, 1, 9223372036854775807])";
      case 9: return "(" + real(d) + " in [1, 0, 2.5])";
      case 10: return "(" + text(d) + " in ['a', 'äb', ''])";
      default:
        return text(0) + pick<4>({".contains(", ".startsWith(", ".endsWith(", ".matches("}) +
               "'a')";
    }
  }

  std::string integer(int depth) {
    if (depth == 0) return pick<6>({"i", "j", "3", "-1", "9223372036854775807", "0"});
    const int d = depth - 1;
    switch (random_.below(9)) {
      case 0:
      case 1:
      case 2:
        return "(" + integer(d) + pick<5>({" + ", " - ", " * ", " / ", " % "}) + integer(d) + ")";
      case 3: return "(-" + integer(0) + ")";
      case 4: return "int(" + real(d) + ")";
      case 5: return "size(" + text(d) + ")";
      case 6: return "(" + boolean(d) + " ? " + integer(d) + " : " + integer(d) + ")";
      case 7: return "(v + i)";
      default:
        return pick<5>(
            {"l[0]", "at.getHours()", "time.getDayOfYear()", "d.getSeconds()", "size(l)"});
    }
  }

  std::string real(int depth) {
    if (depth == 0) return pick<5>({"x", "y", "0.5", "-2.0", "1e19"});
    const int d = depth - 1;
    switch (random_.below(6)) {
      case 0:
      case 1: return "(" + real(d) + pick<4>({" + ", " - ", " * ", " / "}) + real(d) + ")";
      case 2: return "(x" + pick<4>({" + ", " - ", " * ", " / "}) + pick<2>({"2", "-1"}) + ")";
      case 3: return "double(" + integer(d) + ")";
      case 4: return "(" + boolean(d) + " ? " + real(d) + " : 1)";
      default: return "(-" + real(0) + ")";
    }
  }

  std::string number(int depth) { return random_.one_in(2) ? integer(depth) : real(depth); }

  std::string text(int depth) {
    if (depth == 0) return pick<4>({"s", "t", "'a'", "''"});
    const int d = depth - 1;
    switch (random_.below(4)) {
      case 0: return "(" + text(d) + " + " + text(d) + ")";
      case 1: return "string(" + integer(d) + ")";
      case 2: return "(" + boolean(d) + " ? " + text(d) + " : " + text(d) + ")";
      default: return text(0);
    }
  }

  std::string time(int depth) {
    if (depth == 0) return pick<2>({"at", "time"});
    return "(" + time(depth - 1) + pick<2>({" + ", " - "}) + "d)";
  }

 private:
  template <std::size_t N>
  std::string pick(std::array<std::string_view, N> from) {
    return random_.pick(from);
  }
  std::string relation() { return pick<6>({" < ", " <= ", " > ", " >= ", " == ", " != "}); }

  Random& random_;
};

std::string write(Random& random) {
  Writer writer(random);
  switch (random.below(6)) {
    case 0: return writer.integer(4);
    case 1: return writer.real(4);
    case 2: return writer.text(3);
    case 3: return writer.time(3);
    default: return writer.boolean(4);
  }
}

// What stands for one record in comparisons: NaN and the sign of zero included.
std::string shown(const data::Value& value) {
  const auto* number = value.get<double>();
  if (number == nullptr || *number != *number) return to_json(value);
  return std::to_string(std::bit_cast<std::uint64_t>(*number));
}

std::vector<std::string> shown(const Evaluated& evaluated) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < evaluated.values->size(); ++i)
    out.push_back(shown(evaluated.values->value(i)));
  for (const RecordError& error : evaluated.errors) {
    EXPECT_EQ(out[error.index], "{\"type\": \"null\", \"value\": null}");
    out[error.index] = error.error.message;
  }
  return out;
}

std::vector<std::string> by_rows(std::string_view text, const data::Batch& batch) {
  Scope scope;
  for (std::size_t i = 0; i < every_kind()->size(); ++i) {
    scope.variables.push_back({every_kind()->field(i).name, Type::of(every_kind()->field(i).type),
                               Node::Kind::column, i});
  }
  scope.variables.push_back({"time", Kind::timestamp, Node::Kind::time});
  const auto node = check(*parse(text), scope, Dialect::pipeline);
  EXPECT_TRUE(node.has_value()) << text;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < batch.size() && node; ++i) {
    const auto value = evaluate_row(*node, Dialect::pipeline, {&batch, i, nullptr, {}});
    out.push_back(value ? shown(*value) : value.error().message);
  }
  return out;
}

data::Batch random_selection(Random& random, const data::Batch& batch) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < batch.rows(); ++row) {
    if (!random.one_in(3)) rows.push_back(row);
  }
  return batch.select(std::move(rows));
}

TEST(Columns, equal_rows_for_random_expressions) {
  constexpr int kExpressions = 300;
  Random random(20260301);
  data::Batch batch;
  std::size_t with_errors = 0;
  for (int n = 0; n < kExpressions; ++n) {
    if (n % 20 == 0) batch = random_batch(random, 1 + random.below(150));
    const std::string text = write(random);
    const auto expression = Expression::compile(text, *every_kind());
    ASSERT_TRUE(expression.has_value()) << text << ": " << expression.error().message;
    const data::Batch records = random.one_in(2) ? batch : random_selection(random, batch);
    const Evaluated evaluated = expression->evaluate(records);
    with_errors += evaluated.errors.empty() ? 0 : 1;
    ASSERT_EQ(shown(evaluated), by_rows(text, records)) << text;
  }
  EXPECT_GT(with_errors, 40U);  // else the errors were not tried
}

TEST(Columns, filter_agrees_with_evaluate) {
  Random random(7);
  for (int n = 0; n < 150; ++n) {
    const std::string text = Writer(random).boolean(4);
    const auto expression = Expression::compile(text, *every_kind());
    ASSERT_TRUE(expression.has_value()) << text << ": " << expression.error().message;
    const data::Batch records = random_selection(random, random_batch(random, 40));
    const Evaluated evaluated = expression->evaluate(records);
    const Filtered filtered = expression->filter(records);
    std::vector<std::uint32_t> rows;
    std::size_t nulls = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const bool null = evaluated.values->is_null(i);
      nulls += null ? 1 : 0;
      if (!null && evaluated.values->boolean(i))
        rows.push_back(static_cast<std::uint32_t>(records.row(i)));
    }
    ASSERT_EQ(filtered.rows, rows) << text;
    ASSERT_EQ(filtered.null_count + filtered.errors.size(), nulls) << text;
    ASSERT_EQ(filtered.errors.size(), evaluated.errors.size()) << text;
  }
}

TEST(Columns, borders_of_batches_mean_nothing) {
  Random random(11);
  for (int n = 0; n < 60; ++n) {
    const std::string text = write(random);
    const auto expression = Expression::compile(text, *every_kind());
    ASSERT_TRUE(expression.has_value()) << text;
    const data::Batch whole = random_batch(random, 100);
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < whole.size();) {
      const std::size_t count = std::min(whole.size() - begin, 1 + random.below(70));
      const data::Batch part =
          random.one_in(2) ? whole.slice(begin, count) : whole.slice(begin, count).compact();
      for (std::string& value : shown(expression->evaluate(part)))
        parts.push_back(std::move(value));
      begin += count;
    }
    ASSERT_EQ(parts, shown(expression->evaluate(whole))) << text;
  }
}

}  // namespace
}  // namespace weir::expr
