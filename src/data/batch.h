// Batch: records in columns, each with its event time and its device.
//
// Immutable and shared by reference: a Batch is a few pointers, cheap to copy, thread-safe. It may
// carry a selection, so that a filter copies nothing. `index` counts the selected records, 0 to
// size() - 1; `row(index)` is where a record stands in the columns. A batch border means nothing:
// any splitting or joining of batches says the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/column.h"
#include "data/type.h"

namespace weir::data {

// A device's number, node-wide; its name is in the Dictionary.
using Device = std::uint32_t;

class Batch {
 public:
  Batch() = default;  // no columns, no records
  // Every column and `devices` have as many rows as `times_ns`; times are UTC.
  Batch(SchemaRef schema, std::vector<ColumnRef> columns, std::vector<std::int64_t> times_ns,
        std::vector<Device> devices);

  const SchemaRef& schema() const { return schema_; }
  std::size_t size() const { return selection_ ? selection_->size() : rows(); }  // selected records
  bool empty() const { return size() == 0; }
  std::size_t rows() const { return origin_ ? origin_->times_ns.size() : 0; }  // selected or not
  std::size_t row(std::size_t index) const { return selection_ ? (*selection_)[index] : index; }
  // The rows selected; empty where `selects_all`.
  bool selects_all() const { return selection_ == nullptr; }
  std::span<const std::uint32_t> selection() const;

  const Column& column(std::size_t column) const { return *columns_[column]; }
  const ColumnRef& column_ref(std::size_t column) const { return columns_[column]; }
  std::int64_t time_ns(std::size_t index) const { return origin_->times_ns[row(index)]; }
  Device device(std::size_t index) const { return origin_->devices[row(index)]; }
  std::span<const std::int64_t> times_ns() const;  // of all rows
  std::span<const Device> devices() const;         // of all rows

  // The same records, fewer of them. `rows` are positions in the columns, ascending, each selected
  // now.
  Batch select(std::vector<std::uint32_t> rows) const;
  // Records [begin, begin + count) of the selected ones.
  Batch slice(std::size_t begin, std::size_t count) const;
  // The same records under another schema; `columns` have rows() rows each.
  Batch with_columns(SchemaRef schema, std::vector<ColumnRef> columns) const;
  // The same records without a selection: copies unless it selects all.
  Batch compact() const;
  std::span<const ColumnRef> columns() const { return columns_; }

 private:
  struct Origin {
    std::vector<std::int64_t> times_ns;
    std::vector<Device> devices;
  };

  SchemaRef schema_;
  std::vector<ColumnRef> columns_;
  std::shared_ptr<const Origin> origin_;
  std::shared_ptr<const std::vector<std::uint32_t>> selection_;
};

// Makes batches record by record: append one value to each column's builder, then end_record.
class BatchBuilder {
 public:
  explicit BatchBuilder(SchemaRef schema);

  ColumnBuilder& column(std::size_t column) { return columns_[column]; }
  void end_record(std::int64_t time_ns, Device device);
  std::size_t size() const { return times_ns_.size(); }
  const SchemaRef& schema() const { return schema_; }
  Batch finish();  // leaves the builder empty

 private:
  SchemaRef schema_;
  std::vector<ColumnBuilder> columns_;
  std::vector<std::int64_t> times_ns_;
  std::vector<Device> devices_;
};

}  // namespace weir::data
