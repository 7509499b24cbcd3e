// Loops over vectors that compilers turn into vector instructions.
//
// Rows are done in blocks of a fixed size, since -O2 makes vector code only of loops whose count is
// known. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>

#include "expr/syntax.h"

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

// Sets `bad` where the result is not in the type; what it gives then does not matter.
struct Add {
  std::int64_t operator()(std::int64_t a, std::int64_t b, bool& bad) const {
    std::int64_t out = 0;
    bad |= __builtin_add_overflow(a, b, &out);
    return out;
  }
};
struct Subtract {
  std::int64_t operator()(std::int64_t a, std::int64_t b, bool& bad) const {
    std::int64_t out = 0;
    bad |= __builtin_sub_overflow(a, b, &out);
    return out;
  }
};
struct Multiply {
  std::int64_t operator()(std::int64_t a, std::int64_t b, bool& bad) const {
    std::int64_t out = 0;
    bad |= __builtin_mul_overflow(a, b, &out);
    return out;
  }
};
inline bool undivided(std::int64_t a, std::int64_t b) {
  return b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min());
}
struct Divide {
  std::int64_t operator()(std::int64_t a, std::int64_t b, bool& bad) const {
    const bool no = undivided(a, b);
    bad |= no;
    return no ? 0 : a / b;
  }
};
struct Remainder {
  std::int64_t operator()(std::int64_t a, std::int64_t b, bool& bad) const {
    const bool no = undivided(a, b);
    bad |= no;
    return no ? 0 : a % b;
  }
};

// Calls f with the function of a comparison, for operands that are ordered by `<` themselves.
template <class F>
void with_comparison(Operator op, F f) {
  switch (op) {
    case Operator::less: return f(std::less<>());
    case Operator::less_equal: return f(std::less_equal<>());
    case Operator::greater: return f(std::greater<>());
    case Operator::greater_equal: return f(std::greater_equal<>());
    case Operator::equal: return f(std::equal_to<>());
    default: return f(std::not_equal_to<>());
  }
}

template <class A, class B, class Out, class F>
void zip_vectors(std::span<const A> a, std::span<const B> b, std::span<Out> out, F f) {
  // A single row may as well be one for all: the result is the same.
  if (out.empty()) return;
  if (a.size() == 1 && b.size() == 1)
    return zip<0, 0>(a.data(), b.data(), out.data(), out.size(), f);
  if (a.size() == 1) return zip<0, 1>(a.data(), b.data(), out.data(), out.size(), f);
  if (b.size() == 1) return zip<1, 0>(a.data(), b.data(), out.data(), out.size(), f);
  zip<1, 1>(a.data(), b.data(), out.data(), out.size(), f);
}

}  // namespace weir::expr
