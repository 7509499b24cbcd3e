// Comparison of numbers of different types by their mathematical value.
//
// CEL compares int, uint and double as if on one number line, so that nothing is rounded before it
// is compared. Pure functions.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <utility>

namespace weir::expr {

template <std::integral I>
constexpr std::partial_ordering compare(I a, I b) {
  return a <=> b;
}
constexpr std::partial_ordering compare(double a, double b) {
  return a <=> b;
}

constexpr std::partial_ordering compare(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}
constexpr std::partial_ordering compare(std::uint64_t a, std::int64_t b) {
  return 0 <=> compare(b, a);
}

template <std::integral I>
constexpr std::partial_ordering compare(I a, double b) {
  constexpr double kBelow = std::same_as<I, std::int64_t> ? -0x1p63 : 0;
  constexpr double kAbove = std::same_as<I, std::int64_t> ? 0x1p63 : 0x1p64;
  if (b != b) return std::partial_ordering::unordered;
  if (b < kBelow) return std::partial_ordering::greater;
  if (b >= kAbove) return std::partial_ordering::less;
  const I whole = static_cast<I>(b);
  if (a != whole) return a <=> whole;
  return 0.0 <=> b - static_cast<double>(whole);
}
template <std::integral I>
constexpr std::partial_ordering compare(double a, I b) {
  return 0 <=> compare(b, a);
}

}  // namespace weir::expr
