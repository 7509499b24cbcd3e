// Bytes that nobody can guess: for keys, tokens, salts and ids.
#pragma once

#include <cstddef>
#include <string>

namespace weir::base {

// From the system (getrandom(2)), up to 256 at once; waits until the system has gathered enough
// after its start. Thread-safe.
std::string random_bytes(std::size_t count);

}  // namespace weir::base
