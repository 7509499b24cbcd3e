// Evaluation by rows: one record, one value, any type.
//
// The meaning of a program, to which evaluation by columns must be equal. Thread-safe.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/value.h"
#include "expr/program.h"

namespace weir::expr {

// What a node reads: record `index` of a batch, or variables. Refers to all of it.
struct Record {
  const data::Batch* batch = nullptr;
  std::size_t index = 0;
  const data::Dictionary* devices = nullptr;
  std::span<const data::Value> variables = {};
};

// The error's message starts with its position.
base::Result<data::Value> evaluate_row(const Node& node, Dialect dialect, const Record& record);

}  // namespace weir::expr
