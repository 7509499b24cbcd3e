// Any text as an expression: compiled in both dialects and evaluated over a small batch, and as
// `weir eval` does.
//
// What is checked besides memory: evaluation by columns and by rows of slices agree on which
// records err.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/check.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "expr/eval.h"
#include "expr/expression.h"

namespace {

using namespace weir;

data::Batch make_batch() {
  const auto schema = data::make_schema({{"n", data::Kind::int64},
                                         {"x", data::Kind::float64},
                                         {"s", data::Kind::string},
                                         {"ok", data::Kind::boolean},
                                         {"at", data::Kind::timestamp},
                                         {"p.score", data::Kind::float64},
                                         {"v", data::Kind::value},
                                         {"l", data::Type::list(data::Kind::string)}});
  data::BatchBuilder builder(schema);
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::size_t column = 0; column < schema->size(); ++column) {
      const data::Value values[] = {i - 1,
                                    static_cast<double>(i) / 2,
                                    "text",
                                    i % 2 == 0,
                                    data::Timestamp{i},
                                    0.5,
                                    data::Map{{"a", i}},
                                    data::List{"a", "b"}};
      if (i == 3) {
        builder.column(column).append_null();
      } else {
        CHECK(builder.column(column).append(values[column]));
      }
    }
    builder.end_record(i, 0);
  }
  return builder.finish();
}

void evaluate(std::string_view text, expr::Dialect dialect, const data::Batch& batch,
              const data::Dictionary& devices) {
  const auto expression =
      expr::Expression::compile(text, *batch.schema(), {.dialect = dialect, .devices = &devices});
  if (!expression) return;
  const expr::Evaluated whole = expression->evaluate(batch);
  CHECK(whole.values->size() == batch.size());
  const expr::Evaluated part = expression->evaluate(batch.slice(1, 2));
  std::size_t errors = 0;
  for (const expr::RecordError& error : whole.errors)
    errors += error.index == 1 || error.index == 2 ? 1 : 0;
  CHECK(part.errors.size() == errors);
  const bool condition =
      expression->type() == data::Kind::boolean || expression->type() == data::Kind::value;
  if (condition) CHECK(expression->filter(batch).rows.size() <= batch.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const data::Batch batch = make_batch();
  static data::Dictionary devices;
  devices.id("camera-1");
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  evaluate(text, expr::Dialect::pipeline, batch, devices);
  evaluate(text, expr::Dialect::cel, batch, devices);
  const auto json =
      expr::eval_json(text, R"({"n": 1, "x": 2.5, "s": "text", "v": {"a": [1, null]}})");
  CHECK(json.has_value() || json.error().message.find(':') != std::string::npos);
  return 0;
}
