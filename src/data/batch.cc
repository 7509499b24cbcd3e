// Batches of records.
#include "data/batch.h"

#include <utility>

#include "base/check.h"

namespace weir::data {

Batch::Batch(SchemaRef schema, std::vector<ColumnRef> columns, std::vector<std::int64_t> times_ns,
             std::vector<Device> devices)
    : schema_(std::move(schema)), columns_(std::move(columns)) {
  CHECK(schema_ != nullptr && schema_->size() == columns_.size());
  CHECK(times_ns.size() == devices.size());
  for (const ColumnRef& column : columns_) CHECK(column->size() == times_ns.size());
  origin_ = std::make_shared<const Origin>(Origin{std::move(times_ns), std::move(devices)});
}

std::span<const std::uint32_t> Batch::selection() const {
  if (selection_ == nullptr) return {};
  return *selection_;
}

std::span<const std::int64_t> Batch::times_ns() const {
  if (origin_ == nullptr) return {};
  return origin_->times_ns;
}

std::span<const Device> Batch::devices() const {
  if (origin_ == nullptr) return {};
  return origin_->devices;
}

Batch Batch::select(std::vector<std::uint32_t> rows) const {
  Batch out = *this;
  out.selection_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(rows));
  return out;
}

Batch Batch::slice(std::size_t begin, std::size_t count) const {
  CHECK(begin + count <= size());
  if (begin == 0 && count == size()) return *this;
  std::vector<std::uint32_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::uint32_t>(row(begin + i));
  return select(std::move(rows));
}

Batch Batch::with_columns(SchemaRef schema, std::vector<ColumnRef> columns) const {
  CHECK(schema != nullptr && schema->size() == columns.size());
  for (const ColumnRef& column : columns) CHECK(column->size() == rows());
  Batch out = *this;
  out.schema_ = std::move(schema);
  out.columns_ = std::move(columns);
  return out;
}

Batch Batch::compact() const {
  if (selection_ == nullptr) return *this;
  std::vector<ColumnRef> columns;
  for (const ColumnRef& column : columns_) columns.push_back(take(*column, *selection_));
  std::vector<std::int64_t> times_ns;
  std::vector<Device> devices;
  for (std::size_t i = 0; i < size(); ++i) {
    times_ns.push_back(time_ns(i));
    devices.push_back(device(i));
  }
  return {schema_, std::move(columns), std::move(times_ns), std::move(devices)};
}

BatchBuilder::BatchBuilder(SchemaRef schema) : schema_(std::move(schema)) {
  for (const Field& field : schema_->fields()) columns_.emplace_back(field.type);
}

void BatchBuilder::end_record(std::int64_t time_ns, Device device) {
  times_ns_.push_back(time_ns);
  devices_.push_back(device);
}

Batch BatchBuilder::finish() {
  std::vector<ColumnRef> columns;
  for (ColumnBuilder& column : columns_) columns.push_back(column.finish());
  return {schema_, std::move(columns), std::exchange(times_ns_, {}), std::exchange(devices_, {})};
}

}  // namespace weir::data
