// Result and Error: how expected failure is said.
//
// A function that can fail returns Result<T>; its Error has a code for programs and a sentence for
// the person who reads it: what happened, to what, what was expected. Values; safe to copy between
// threads.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace weir::base {

// One range of a hundred for each kind of cause.
enum class Code : std::uint16_t {
  // configuration: what a person wrote, or the surroundings they gave
  invalid = 100,       // malformed text, value or option
  unknown_name = 101,  // a name that stands for nothing
  wrong_type = 102,
  conflict = 103,
  missing = 104,  // something required is not given
  not_yet = 105,  // understood, but not built yet
  // contract: a promise between operators, models and data does not hold
  schema = 200,
  model = 201,
  // runtime: data or arithmetic
  overflow = 300,
  division = 301,
  range = 302,
  no_such_key = 303,
  corrupt = 304,
  limit = 305,
  // device and network
  device = 400,
  refused = 401,  // wrong or missing credentials
  network = 500,
  timeout = 501,
  ended = 502,  // the peer or file has no more
  // system and our own mistakes
  io = 600,
  bug = 900,
};

std::string_view name(Code code);

struct Error {
  Code code = Code::bug;
  std::string message;
};

template <class T = void>
using Result = std::expected<T, Error>;

// What the system says of an errno, such as "No such file or directory".
std::string errno_text(int number);

// return fail(Code::invalid, "…"): an Error on its way into any Result.
inline std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace weir::base

// TRY(value, expression): declares `value` from a Result, or returns its error.
// TRY_DO(expression): the same where there is no value.
#define WEIR_JOIN_(a, b) a##b
#define WEIR_JOIN(a, b) WEIR_JOIN_(a, b)
#define WEIR_TRY_(holder, value, ...)                                       \
  auto holder = (__VA_ARGS__);                                              \
  if (!holder) return std::unexpected<::weir::base::Error>(holder.error()); \
  value = std::move(*holder)
#define TRY(value, ...) WEIR_TRY_(WEIR_JOIN(try_, __LINE__), value, __VA_ARGS__)
#define TRY_DO(...)                                              \
  do {                                                           \
    if (auto try_ = (__VA_ARGS__); !try_)                        \
      return std::unexpected<::weir::base::Error>(try_.error()); \
  } while (false)
