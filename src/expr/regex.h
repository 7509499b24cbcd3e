// Patterns of `matches`: RE2 (github.com/google/re2/wiki/Syntax), which runs in time linear in the
// text.
//
// A pattern is immutable and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace weir::expr {

inline constexpr std::size_t kPatternBytesMax = 4096;
// What the compiled form and its caches may take; a pattern that needs more is refused.
inline constexpr std::int64_t kPatternMemoryMax = 1 << 20;

using Pattern = std::shared_ptr<const re2::RE2>;

// Errors: limit, invalid (with RE2's reason).
base::Result<Pattern> compile_pattern(std::string_view text);
// Whether the pattern is found anywhere in `text`.
bool matches(const re2::RE2& pattern, std::string_view text);

}  // namespace weir::expr
