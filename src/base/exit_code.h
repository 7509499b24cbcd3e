// The exit codes of the programs beside 0, done, and 1, what it says has failed.
#pragma once

namespace weir::base {

inline constexpr int kMisused = 2;  // a command line that is none of the program's

}  // namespace weir::base
