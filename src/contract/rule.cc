// Rules, evaluated by expr over one record whose columns are the parameters.
#include "contract/rule.h"

#include <utility>

#include "base/check.h"
#include "contract/param.h"
#include "data/batch.h"
#include "data/type.h"
#include "expr/expression.h"

namespace weir::contract {

using data::Value;

namespace {

data::Type column_type(const Param& param) {
  const device::ValueType type = value_type(param.type);
  if (type.form == device::ValueType::Form::region) {
    return data::Type::list(data::Type::list(data::Kind::float64));
  }
  return type.type;
}

data::Batch record(const Contract& contract, std::span<const Value> values) {
  std::vector<data::Field> fields;
  for (const Param& param : contract.params) {
    fields.push_back({std::string(param.name), column_type(param)});
  }
  data::BatchBuilder builder(data::make_schema(std::move(fields)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_null()) {
      CHECK(builder.column(i).append(values[i]));
    } else {
      builder.column(i).append_null();
    }
  }
  builder.end_record(0, 0);
  return builder.finish();
}

}  // namespace

base::Result<std::vector<const Rule*>> broken_rules(const Contract& contract,
                                                    std::span<const Value> values) {
  CHECK(values.size() == contract.params.size());
  std::vector<const Rule*> broken;
  if (contract.rules.empty()) return broken;
  const data::Batch batch = record(contract, values);
  for (const Rule& rule : contract.rules) {
    TRY(const expr::Expression expression,
        expr::Expression::compile(rule.expression, *batch.schema(),
                                  {.expected = data::Type(data::Kind::boolean)}));
    const expr::Filtered filtered = expression.filter(batch);
    // An error, such as a division by a parameter that is 0, is no proof that the rule holds.
    if (filtered.rows.empty() && filtered.null_count == 0) broken.push_back(&rule);
  }
  return broken;
}

}  // namespace weir::contract
