// && and || of vectors.
#include "expr/logic.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "expr/kernels.h"

namespace weir::expr {
namespace {

// Row by row as one number: false 0, true 1, null 2, error 3. What decides wins, then the larger.
std::uint8_t code(const Vector& v, std::size_t row) {
  const State state = v.state(row);
  return state == kValue ? v.flags[row] : static_cast<std::uint8_t>(state + 1);
}

}  // namespace

bool decided(const Vector& v, std::size_t size, std::uint8_t decides) {
  for (std::size_t i = 0; i < size; ++i) {
    if (code(v, i) != decides) return false;
  }
  return true;
}

Vector join_logic(Vector a, Vector b, std::size_t size, std::uint8_t decides) {
  Vector out(Kind::boolean);
  const auto flags = out.make_flags(size);
  if (a.states.empty() && b.states.empty()) {
    if (decides == 1) {
      zip<1, 1>(a.flags.data(), b.flags.data(), flags.data(), size, std::bit_or<std::uint8_t>());
    } else {
      zip<1, 1>(a.flags.data(), b.flags.data(), flags.data(), size, std::bit_and<std::uint8_t>());
    }
    return out;
  }
  out.states.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t left = code(a, i);
    const std::uint8_t right = code(b, i);
    const std::uint8_t both = left == decides || right == decides ? decides : std::max(left, right);
    flags[i] = both & 1U;
    out.states[i] = static_cast<std::uint8_t>(both < 2 ? 0 : both - 1);
  }
  out.errors = joined_errors(std::move(a.errors), std::move(b.errors));
  return out;
}

void drop_decided_errors(Vector& v) {
  std::erase_if(v.errors, [&](const RecordError& error) { return v.state(error.index) != kError; });
}

}  // namespace weir::expr
