// The functions of CEL: their names, the types they take, what they do with single values.
//
// One table, from which the checker, the evaluation and the names in messages come. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/value.h"
#include "expr/calendar.h"
#include "expr/types.h"

namespace weir::expr {

enum class Style : std::uint8_t {
  call,    // f(a, b)
  member,  // a.f(b)
};

// How evaluation by columns does it; `none`: by rows.
enum class Columnar : std::uint8_t {
  none,
  size,
  contains,
  starts_with,
  ends_with,
  matches,
  to_int,
  to_double,
  time_part,
};

struct Overload {
  std::string_view name;
  Style style;
  std::array<Kind, 2> parameters;  // dyn takes everything
  std::size_t count;               // of parameters, the object of a member call among them
  Kind result;
  base::Result<data::Value> (*apply)(std::span<const data::Value> arguments);
  Columnar columnar = Columnar::none;
  TimePart part = TimePart::full_year;
};

std::span<const Overload> overloads();
std::vector<std::string_view> function_names();  // each once

// Functions and macros of CEL and its usual extensions that are not there yet.
bool comes_later(std::string_view name);
// The namespaces of such functions: math.greatest, …
bool namespace_comes_later(std::string_view name);

// What evaluation by columns shares.
base::Result<data::Value> int_of(double value);  // errors: range
std::int64_t code_points(std::string_view text);

}  // namespace weir::expr
