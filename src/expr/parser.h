// The parser: the whole grammar of CEL, and nothing about what names and functions mean.
//
// Macros are parsed as the calls they look like. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "expr/syntax.h"

namespace weir::expr {

inline constexpr std::size_t kTextBytesMax = 64 * 1024;
// Levels of parentheses, brackets and operators within each other; && and || of many operands are
// one level. CEL asks for 32 at least.
inline constexpr std::size_t kDepthMax = 250;

// Errors: invalid (what is wrong and what was expected), limit, not_yet (optional syntax).
base::Result<Syntax> parse(std::string_view text);

}  // namespace weir::expr
