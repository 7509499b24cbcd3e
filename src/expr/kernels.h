// Loops over vectors that compilers turn into vector instructions.
//
// Rows are done in blocks of a fixed size, since -O2 makes vector code only of loops whose count is
// known. Pure functions.
#pragma once

#include <cstddef>

namespace weir::expr {

inline constexpr std::size_t kBlock = 64;

// out[i] = f(a[i], b[i]) where a step of 0 stands for one value for all. `out` overlaps none of
// them.
template <std::size_t StepA, std::size_t StepB, class A, class B, class Out, class F>
void zip(const A* __restrict a, const B* __restrict b, Out* __restrict out, std::size_t size, F f) {
  const A first_a = *a;
  const B first_b = *b;
  const auto at = [&](std::size_t i) {
    return f(StepA == 0 ? first_a : a[i * StepA], StepB == 0 ? first_b : b[i * StepB]);
  };
  std::size_t i = 0;
  for (; i + kBlock <= size; i += kBlock) {
    for (std::size_t j = 0; j < kBlock; ++j) out[i + j] = at(i + j);
  }
  for (; i < size; ++i) out[i] = at(i);
}

// out[i] = f(a[i])
template <class A, class Out, class F>
void map(const A* __restrict a, Out* __restrict out, std::size_t size, F f) {
  std::size_t i = 0;
  for (; i + kBlock <= size; i += kBlock) {
    for (std::size_t j = 0; j < kBlock; ++j) out[i + j] = f(a[i + j]);
  }
  for (; i < size; ++i) out[i] = f(a[i]);
}

}  // namespace weir::expr
