// Text parts: several files in one text, each behind a line `#%weir file NAME`.
//
// To YAML the line is a comment, so that a text of parts is YAML too. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::resource {

constexpr std::size_t kPartNameBytesMax = 1'000;

struct TextPart {
  std::string file;       // "" where nothing names it
  std::string_view text;  // within the whole
};

// Whether the text could be one: UTF-8, without control characters, not too long.
bool valid_part_name(std::string_view name);

// The text before the first such line is a part named `file`, unless it is empty. Errors: invalid
// name; limit where there are more than contract::kFilesMax parts.
base::Result<std::vector<TextPart>> split_parts(std::string_view text, std::string_view file);

// Error: conflict where the text itself has such a line.
base::Result<> append_part(std::string& out, std::string_view file, std::string_view text);

}  // namespace weir::resource
