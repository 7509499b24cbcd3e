// Expressions over batches in the pipeline dialect: types, nulls, errors, names, conditions.
#include "expr/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "expr/eval.h"

namespace weir::data {
// Found by GoogleTest for its messages.
void PrintTo(const Value& value, std::ostream* out) {
  *out << expr::to_json(value);
}
}  // namespace weir::data

namespace weir::expr {
namespace {

using data::Kind;
using data::Value;
using testing::ElementsAre;
using testing::IsEmpty;

data::SchemaRef wide_schema() {
  const data::Type object =
      data::Type::structure({{"label", Kind::string}, {"score", Kind::float64}});
  return data::make_schema({{"n", Kind::int64},
                            {"x", Kind::float64},
                            {"label", Kind::string},
                            {"ok", Kind::boolean},
                            {"at", Kind::timestamp},
                            {"lasts", Kind::duration},
                            {"raw", Kind::bytes},
                            {"intrusion.label", Kind::string},
                            {"intrusion.score", Kind::float64},
                            {"objects", data::Type::list(object)},
                            {"best", object},
                            {"payload", Kind::value},
                            {"image", Kind::image}});
}

Value map(std::vector<std::pair<std::string, Value>> entries) {
  data::Map out;
  for (auto& [key, value] : entries) out.emplace_back(key, std::move(value));
  return out;
}

Value object(std::string label, double score) {
  return map({{"label", label}, {"score", score}});
}

// Three records: the second all null, the third with bounds.
data::Batch batch() {
  data::BatchBuilder builder(wide_schema());
  const std::vector<std::vector<Value>> rows = {
      {3, 1.5, "car", true, data::Timestamp{1'000'000'000}, data::Duration{5'000'000'000},
       data::Bytes{"\xff"}, "person", 0.75, data::List{object("a", 0.5), object("b", 0.25)},
       object("c", 1.0), map({{"t", 21}, {"deep", map({{"u", "v"}})}})},
      std::vector<Value>(12),
      {INT64_MAX, -0.0, "", false, data::Timestamp{0}, data::Duration{-1}, data::Bytes{""}, "cat",
       0.1, data::List{}, map({{"label", "d"}, {"score", {}}}), 7.5}};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].is_null()) {
        builder.column(i).append_null();
      } else {
        EXPECT_TRUE(builder.column(i).append(row[i])) << i;
      }
    }
    builder.column(12).append_null();
    builder.end_record(static_cast<std::int64_t>(builder.size()) * 60'000'000'000, 0);
  }
  return builder.finish();
}

Expression compiled(std::string_view text, Options options = {}) {
  auto expression = Expression::compile(text, *wide_schema(), options);
  EXPECT_TRUE(expression.has_value())
      << text << ": " << (expression ? "" : expression.error().message);
  return expression ? *expression : *Expression::compile("null", *wide_schema());
}

std::vector<Value> values(const Evaluated& evaluated) {
  std::vector<Value> out;
  for (std::size_t i = 0; i < evaluated.values->size(); ++i)
    out.push_back(evaluated.values->value(i));
  return out;
}

// The values an expression gives for the three records; an error is the text of its message.
std::vector<Value> run(std::string_view text) {
  const Evaluated evaluated = compiled(text).evaluate(batch());
  std::vector<Value> out = values(evaluated);
  for (const RecordError& error : evaluated.errors) {
    EXPECT_TRUE(out[error.index].is_null());
    out[error.index] = "! " + error.error.message;
  }
  return out;
}

const Value kNull;

// By columns and, as CEL always goes, by rows.
TEST(Expression, texts_beyond_the_limit_of_a_result_err) {
  const auto texts = data::make_schema({{"s", Kind::string}});
  data::BatchBuilder builder(texts);
  for (int i = 0; i < 3; ++i) {
    builder.column(0).append_text(std::string(i == 1 ? kResultTextsBytesMax / 2 : 3, 'x'));
    builder.end_record(i, 0);
  }
  const data::Batch batch = builder.finish();
  for (const Dialect dialect : {Dialect::pipeline, Dialect::cel}) {
    const auto expression = Expression::compile("s + s", *texts, {.dialect = dialect});
    ASSERT_TRUE(expression) << expression.error().message;
    const Evaluated evaluated = expression->evaluate(batch);
    ASSERT_EQ(evaluated.errors.size(), 1u);
    EXPECT_EQ(evaluated.errors[0].index, 1u);
    EXPECT_EQ(evaluated.errors[0].error.code, base::Code::limit);
    EXPECT_TRUE(evaluated.values->is_null(1));
    EXPECT_EQ(evaluated.values->value(2), Value("xxxxxx"));
  }
}

TEST(Expression, knows_its_type) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"n + 1", "int64"},
      {"x * 2", "float64"},
      {"double(n) / x", "float64"},
      {"label + 'a'", "string"},
      {"raw", "bytes"},
      {"n > 3 || ok", "bool"},
      {"at + lasts", "timestamp"},
      {"at - at", "duration"},
      {"time", "timestamp"},
      {"objects", "list<struct<label:string,score:float64>>"},
      {"objects[0]", "struct<label:string,score:float64>"},
      {"objects[0].score", "float64"},
      {"best.label", "string"},
      {"[n, 2]", "list<int64>"},
      {"[x, 2]", "list<float64>"},
      {"[n, 'a']", "list<value>"},
      {"ok ? 1 : 2.5", "float64"},
      {"ok ? n : null", "int64"},
      {"payload.t", "value"},
      {"payload.t + n", "int64"},
      {"payload.t > 3", "bool"},
      {"{'a': n}", "value"},
      {"{'a': n}['a']", "int64"},
      {"uint(n)", "value"},
      {"type(n)", "value"},
      {"size(label)", "int64"},
      {"at.getHours()", "int64"},
  };
  for (const auto& [text, type] : cases) EXPECT_EQ(compiled(text).type().name(), type) << text;
}

TEST(Expression, gives_a_value_null_or_error_for_each_record) {
  EXPECT_THAT(run("n + 1"),
              ElementsAre(4, kNull, "! 1:3: 9223372036854775807 + 1 is beyond what an int holds"));
  EXPECT_THAT(run("10 / (n - 3)"), ElementsAre("! 1:4: division by zero", kNull, 0));
  EXPECT_THAT(run("x"), ElementsAre(1.5, kNull, -0.0));
  EXPECT_THAT(run("x * 2 + 1"), ElementsAre(4.0, kNull, 1.0));
  EXPECT_THAT(run("1 / x"), ElementsAre(1 / 1.5, kNull, -std::numeric_limits<double>::infinity()));
  EXPECT_THAT(run("-n"), ElementsAre(-3, kNull, -INT64_MAX));
  EXPECT_THAT(run("n % 2 == 1"), ElementsAre(true, kNull, true));
  EXPECT_THAT(run("label + '!'"), ElementsAre("car!", kNull, "!"));
  EXPECT_THAT(run("size(label)"), ElementsAre(3, kNull, 0));
  EXPECT_THAT(run("label.startsWith('c') && label.matches('r$')"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("label in ['car', 'bus']"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("n in [1, 3]"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("x in [1.5, 0.0]"), ElementsAre(true, kNull, true));
  EXPECT_THAT(run("x in [0, 2]"), ElementsAre(false, kNull, true));
  EXPECT_THAT(run("string(n)"), ElementsAre("3", kNull, "9223372036854775807"));
  EXPECT_THAT(run("int(x)"), ElementsAre(1, kNull, 0));
  EXPECT_THAT(run("int(x * 1e20)"),
              ElementsAre("! 1:1: 1.5e+20 is beyond what an int holds", kNull, 0));
  EXPECT_THAT(run("double(n) > x"), ElementsAre(true, kNull, true));
  EXPECT_THAT(run("n > x"), ElementsAre(true, kNull, true));
  EXPECT_THAT(run("at + lasts"),
              ElementsAre(data::Timestamp{6'000'000'000}, kNull, data::Timestamp{-1}));
  EXPECT_THAT(run("time.getMinutes()"), ElementsAre(0, 1, 2));
  EXPECT_THAT(run("time.getHours('+02:00')"), ElementsAre(2, 2, 2));
  EXPECT_THAT(run("size(raw) == 1"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("uint(n)"), ElementsAre(std::uint64_t{3}, kNull, std::uint64_t{INT64_MAX}));
  EXPECT_THAT(run("type(x)"), ElementsAre("double", kNull, "double"));
}

TEST(Expression, reads_lists_structures_and_values_of_unknown_shape) {
  EXPECT_THAT(run("objects[0].label"),
              ElementsAre("a", kNull, "! 1:8: index 0 is outside a list of 0"));
  EXPECT_THAT(run("size(objects)"), ElementsAre(2, kNull, 0));
  EXPECT_THAT(run("best.score"), ElementsAre(1.0, kNull, kNull));
  EXPECT_THAT(run("best.score * 2"), ElementsAre(2.0, kNull, kNull));
  EXPECT_THAT(run("payload.t > 20.5"), ElementsAre(true, kNull, "! 1:9: double has no field 't'"));
  EXPECT_THAT(run("payload.t * 2"), ElementsAre(42, kNull, "! 1:9: double has no field 't'"));
  EXPECT_THAT(run("payload.deep.u == 'v' && ok"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("payload.nothing"), ElementsAre("! 1:9: no such key: 'nothing'", kNull,
                                                  "! 1:9: double has no field 'nothing'"));
  EXPECT_THAT(run("best"),
              ElementsAre(object("c", 1.0), kNull, map({{"label", "d"}, {"score", {}}})));
  EXPECT_THAT(run("[n, 1]"),
              ElementsAre(data::List{3, 1}, data::List{{}, 1}, data::List{INT64_MAX, 1}));
}

// An int literal beside a double whose type only the record knows.
TEST(Expression, literals_follow_values_of_unknown_shape) {
  const auto schema = data::make_schema({{"v", Kind::value}});
  data::BatchBuilder builder(schema);
  for (const Value& v : {Value(2), Value(2.5), Value("a"), Value()}) {
    builder.column(0).append(v);
    builder.end_record(0, 0);
  }
  const auto expression = Expression::compile("v + 1", *schema);
  const Evaluated evaluated = expression->evaluate(builder.finish());
  EXPECT_THAT(values(evaluated), ElementsAre(3, 3.5, kNull, kNull));
  ASSERT_EQ(evaluated.errors.size(), 1U);
  EXPECT_EQ(evaluated.errors[0].error.message, "1:3: '+' does not take string and int");
}

TEST(Expression, null_is_neither_true_nor_false) {
  EXPECT_THAT(run("ok && n > 5"), ElementsAre(false, kNull, false));
  EXPECT_THAT(run("ok && false"), ElementsAre(false, false, false));
  EXPECT_THAT(run("ok || true"), ElementsAre(true, true, true));
  EXPECT_THAT(run("ok || false"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("!ok"), ElementsAre(false, kNull, true));
  EXPECT_THAT(run("ok ? 1 : 2"), ElementsAre(1, kNull, 2));
  EXPECT_THAT(run("n == n"), ElementsAre(true, kNull, true));
  EXPECT_THAT(run("has(n)"), ElementsAre(true, false, true));
  EXPECT_THAT(run("has(n) ? n : -1"), ElementsAre(3, -1, INT64_MAX));
  EXPECT_THAT(run("has(intrusion.label)"), ElementsAre(true, false, true));
  EXPECT_THAT(run("has(image)"), ElementsAre(false, false, false));
  EXPECT_THAT(run("has(best.score)"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("has(payload) && has(payload.t)"),
              ElementsAre(true, false, "! 1:17: double has no field 't'"));
}

// An error counts more than null, what decides counts more than both.
TEST(Expression, errors_vanish_where_the_other_side_decides) {
  EXPECT_THAT(run("n + 1 > 0 && ok"), ElementsAre(true, kNull, false));
  EXPECT_THAT(run("n + 1 > 0 || has(label)"), ElementsAre(true, kNull, true));
  EXPECT_THAT(
      run("n + 1 > 0 && has(label)"),
      ElementsAre(true, false, "! 1:3: 9223372036854775807 + 1 is beyond what an int holds"));
  EXPECT_THAT(run("1 / 0 > 0 && ok"),
              ElementsAre("! 1:3: division by zero", "! 1:3: division by zero", false));
  EXPECT_THAT(run("ok ? 1 : n + 1"),
              ElementsAre(1, kNull, "! 1:12: 9223372036854775807 + 1 is beyond what an int holds"));
  EXPECT_THAT(run("ok ? n / 0 : 1"), ElementsAre("! 1:8: division by zero", kNull, 1));
}

TEST(Expression, filter_gives_rows_and_counts_the_others) {
  const Filtered filtered = compiled("n + 1 > 0").filter(batch());
  EXPECT_THAT(filtered.rows, ElementsAre(0));
  EXPECT_EQ(filtered.null_count, 1U);
  ASSERT_EQ(filtered.errors.size(), 1U);
  EXPECT_EQ(filtered.errors[0].index, 2U);
  EXPECT_EQ(filtered.errors[0].error.code, base::Code::overflow);

  EXPECT_THAT(compiled("true").filter(batch()).rows, ElementsAre(0, 1, 2));
  EXPECT_THAT(compiled("false").filter(batch()).rows, IsEmpty());
  EXPECT_THAT(compiled("!ok").filter(batch()).rows, ElementsAre(2));
  EXPECT_THAT(compiled("intrusion.label == 'person' && intrusion.score > 0.6").filter(batch()).rows,
              ElementsAre(0));
}

TEST(Expression, a_condition_of_unknown_type_is_checked_by_record) {
  const Filtered filtered = compiled("payload", {.expected = Kind::boolean}).filter(batch());
  EXPECT_THAT(filtered.rows, IsEmpty());
  EXPECT_EQ(filtered.null_count, 1U);
  ASSERT_EQ(filtered.errors.size(), 2U);
  EXPECT_EQ(filtered.errors[0].error.message, "1:1: a condition gives a bool, not map");
}

TEST(Expression, the_deepest_sum_is_evaluated) {
  std::string text = "x";
  for (int i = 0; i < 249; ++i) text += " + 1";
  EXPECT_THAT(run(text), ElementsAre(250.5, kNull, 249.0));
  text.resize(text.size() - 2 * std::string_view(" + 1").size());
  EXPECT_THAT(run("[" + text + "][0]"), ElementsAre(248.5, kNull, 247.0));
}

TEST(Expression, keeps_to_the_selection) {
  const data::Batch selected = batch().select({0, 2});
  EXPECT_THAT(values(compiled("x + 1").evaluate(selected)), ElementsAre(2.5, 1.0));
  EXPECT_THAT(values(compiled("label").evaluate(selected)), ElementsAre("car", ""));
  EXPECT_THAT(values(compiled("objects[0].label + label").evaluate(selected)),
              ElementsAre("acar", kNull));
  EXPECT_THAT(values(compiled("time.getMinutes()").evaluate(selected)), ElementsAre(0, 2));
  const Filtered filtered = compiled("n + 1 < 0 || !ok").filter(selected);
  EXPECT_THAT(filtered.rows, ElementsAre(2));
  EXPECT_THAT(filtered.errors, IsEmpty());
  const Evaluated evaluated = compiled("n + 1").evaluate(selected);
  ASSERT_EQ(evaluated.errors.size(), 1U);
  EXPECT_EQ(evaluated.errors[0].index, 1U);
}

TEST(Expression, takes_an_empty_batch) {
  const data::Batch none = batch().select({});
  EXPECT_EQ(compiled("n + 1").evaluate(none).values->size(), 0U);
  EXPECT_EQ(compiled("objects").evaluate(none).values->type().name(),
            "list<struct<label:string,score:float64>>");
  EXPECT_THAT(compiled("ok").filter(none).rows, IsEmpty());
  EXPECT_THAT(compiled("ok").filter(data::Batch()).rows, IsEmpty());
}

TEST(Expression, copies_nothing_where_it_is_a_column) {
  const data::Batch all = batch();
  EXPECT_EQ(compiled("objects").evaluate(all).values, all.column_ref(9));
}

TEST(Expression, names_devices) {
  data::Dictionary devices;
  data::BatchBuilder builder(wide_schema());
  for (const char* name : {"camera-1", "camera-2", "camera-2"}) {
    for (std::size_t i = 0; i < wide_schema()->size(); ++i) builder.column(i).append_null();
    builder.end_record(0, devices.id(name));
  }
  const data::Batch records = builder.finish();
  const Options options{.devices = &devices};
  EXPECT_THAT(compiled("device == 'camera-2'", options).filter(records).rows, ElementsAre(1, 2));
  EXPECT_THAT(values(compiled("device + '!'", options).evaluate(records)),
              ElementsAre("camera-1!", "camera-2!", "camera-2!"));
  EXPECT_FALSE(Expression::compile("device == 'a'", *wide_schema()).has_value());
}

TEST(Expression, a_column_hides_time_and_device) {
  const auto schema = data::make_schema({{"time", Kind::string}, {"device", Kind::int64}});
  data::Dictionary devices;
  EXPECT_EQ(Expression::compile("time", *schema, {.devices = &devices})->type().name(), "string");
  EXPECT_EQ(Expression::compile("device", *schema, {.devices = &devices})->type().name(), "int64");
}

// Pure CEL leaves to the record what pipelines refuse before; null is a value of its own there.
TEST(Expression, cel_decides_by_record) {
  const Options cel{.dialect = Dialect::cel};
  EXPECT_THAT(values(compiled("n == null", cel).evaluate(batch())),
              ElementsAre(false, true, false));
  EXPECT_THAT(values(compiled("label == 1", cel).evaluate(batch())),
              ElementsAre(false, false, false));
  const Evaluated sum = compiled("x + 1", cel).evaluate(batch());
  ASSERT_EQ(sum.errors.size(), 3U);
  EXPECT_EQ(sum.errors[0].error.message, "1:3: '+' does not take double and int");
  EXPECT_EQ(sum.errors[1].error.message, "1:3: '+' does not take null and int");
  const Filtered filtered = compiled("n > 1", cel).filter(batch());
  EXPECT_THAT(filtered.rows, ElementsAre(0, 2));
  EXPECT_EQ(filtered.errors.size(), 1U);
}

}  // namespace
}  // namespace weir::expr
