// Patterns of `matches`.
#include "expr/regex.h"

#include <re2/re2.h>

#include <string>

namespace weir::expr {

using base::Code;

base::Result<Pattern> compile_pattern(std::string_view text) {
  if (text.size() > kPatternBytesMax) {
    return base::fail(Code::limit, "the pattern has " + std::to_string(text.size()) +
                                       " bytes, more than " + std::to_string(kPatternBytesMax));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryMax);
  auto pattern =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!pattern->ok()) {
    const Code code =
        pattern->error_code() == re2::RE2::ErrorPatternTooLarge ? Code::limit : Code::invalid;
    return base::fail(code, "the pattern is refused: " + pattern->error());
  }
  return pattern;
}

bool matches(const re2::RE2& pattern, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

}  // namespace weir::expr
