// What verbs print.
#pragma once

#include <string_view>

namespace weir::cli {

// To standard output, at once.
void print(std::string_view text);
// A line to standard error; returns 1, the exit code of a verb that failed.
int complain(std::string_view line);

}  // namespace weir::cli
