// Columns that operators need.
#include "operators/columns.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/check.h"

namespace weir::operators {

base::Result<std::size_t> require_column(flow::Preparation& preparation, std::string_view name,
                                         data::Kind kind, std::string_view hint) {
  const data::Schema& schema = *preparation.inputs.front();
  const auto column = schema.find(name);
  if (column && schema.field(*column).type.kind() == kind) return *column;
  const std::string found = schema.size() == 0 ? "no column" : schema.names();
  const std::string type = data::Type(kind).name();
  if (column) {
    return preparation.fail("", base::Code::schema,
                            fmt::format("its column `{}` is {}; expected {}: {}", name,
                                        schema.field(*column).type.name(), type, hint));
  }
  return preparation.fail("", base::Code::schema,
                          fmt::format("needs a column `{}` of type {}, and its input has {}: {}",
                                      name, type, found, hint));
}

data::SchemaRef replace_field(const data::Schema& schema, std::size_t column, data::Field field) {
  std::vector<data::Field> fields(schema.fields().begin(), schema.fields().end());
  fields[column] = std::move(field);
  return data::make_schema(std::move(fields));
}

data::Batch replace_column(const data::Batch& batch, data::SchemaRef schema, std::size_t column,
                           data::ColumnRef values) {
  CHECK(batch.selects_all());
  std::vector<data::ColumnRef> columns(batch.columns().begin(), batch.columns().end());
  columns[column] = std::move(values);
  return batch.with_columns(std::move(schema), std::move(columns));
}

}  // namespace weir::operators
