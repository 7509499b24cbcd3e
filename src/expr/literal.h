// Literals of CEL: what stands between quotes, and numbers.
//
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::expr {

enum class Quoted : unsigned char { string, bytes };

// The text that escapes in `body` (what stands between the quotes) mean. The message of an error
// says which escape is wrong; it has no position.
base::Result<std::string> unescape(std::string_view body, Quoted quoted);

// A decimal number; nullopt where it is none, or beyond what a double holds. Also NaN and Infinity.
std::optional<double> parse_double(std::string_view text);

// One code point in UTF-8.
void append_utf8(std::string& out, char32_t code_point);

}  // namespace weir::expr
