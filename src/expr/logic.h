// Logic of three values and errors, for vectors of bool: what decides (false for &&, true for ||)
// wins, then an error, then null.
//
// Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "expr/vector.h"

namespace weir::expr {

// `decides` is 0 for && and 1 for ||. Vectors have a row for each of `size` records.
Vector join_logic(Vector a, Vector b, std::size_t size, std::uint8_t decides);
// Whether no further operand can change any row.
bool decided(const Vector& v, std::size_t size, std::uint8_t decides);
// Drops the errors of rows that a later operand decided all the same.
void drop_decided_errors(Vector& v);

}  // namespace weir::expr
