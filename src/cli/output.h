// What verbs print.
#pragma once

#include <string>
#include <string_view>

namespace weir::cli {

// To standard output, at once. The exit code: 0, or 1 where it cannot be written, which is said.
int print(std::string_view text);
// Lines to standard error; returns 1, the exit code of a verb that failed.
int complain(std::string_view lines);

// What a file or a peer put into a text does nothing to a terminal: control characters but tab and
// the end of a line read `\x1b`.
std::string visible(std::string_view text);
// As visible, and tab and the end of a line, too: what stays within its line.
std::string visible_in_line(std::string_view text);

}  // namespace weir::cli
