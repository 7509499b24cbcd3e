// eval_json: one expression over one row, as `weir eval` prints it.
//
// Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "data/value.h"

namespace weir::expr {

// Evaluates CEL with the members of a JSON object as its variables ("" for none). Gives
// {"type": …, "value": …}; an error's message starts with its position in the expression.
base::Result<std::string> eval_json(std::string_view expression, std::string_view row_json);

// {"type": …, "value": …}: lists hold such objects, a map is a list of {"key": …, "value": …}; int
// and uint are digits, bytes base64, NaN and infinities strings, times RFC 3339, durations seconds
// ("1.5s").
std::string to_json(const data::Value& value);

}  // namespace weir::expr
