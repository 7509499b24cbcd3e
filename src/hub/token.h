// Tokens: what a node proves itself with.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <string>

namespace weir::hub {

inline constexpr std::size_t kTokenBytes = 32;

// kTokenBytes of the system's randomness, as hexadecimal digits.
std::string make_token();

}  // namespace weir::hub
