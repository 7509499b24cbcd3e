// What operators share about columns: finding those they need, replacing one.
//
// Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "data/batch.h"
#include "data/type.h"
#include "flow/operator.h"

namespace weir::operators {

inline constexpr std::string_view kImage = "image";    // the column of frames
inline constexpr std::string_view kPacket = "packet";  // the column of packets and encoded pictures

// The first input's column `name`, which must be of `kind`. `hint` says how a pipeline gets one.
base::Result<std::size_t> require_column(flow::Preparation& preparation, std::string_view name,
                                         data::Kind kind, std::string_view hint);

// The schema with another field in the place of one.
data::SchemaRef replace_field(const data::Schema& schema, std::size_t column, data::Field field);

// The records with another column in the place of one. `batch` selects all its rows.
data::Batch replace_column(const data::Batch& batch, data::SchemaRef schema, std::size_t column,
                           data::ColumnRef values);

}  // namespace weir::operators
