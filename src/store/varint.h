// Varints: unsigned LEB128, seven bits a byte, the lowest first; the highest bit is set where more
// follow. Each number has one form: one with needless bytes is refused.
//
// Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::store {

void append_varint(std::string& out, std::uint64_t value);
std::size_t varint_bytes(std::uint64_t value);  // how many append_varint adds
// The number at `at`, which is moved behind it. Errors: corrupt where it is cut off, has needless
// bytes or goes beyond 64 bits.
base::Result<std::uint64_t> take_varint(std::string_view bytes, std::size_t& at);

}  // namespace weir::store
