// CEL's operators on single values.
//
// The meaning of the language in one place: evaluation by rows calls these, evaluation by columns
// must agree with them. Pure functions, thread-safe. Messages of errors have no position.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "data/value.h"
#include "expr/syntax.h"

namespace weir::expr {

// How long a text or list made by + may be.
inline constexpr std::size_t kJoinedBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kJoinedElementsMax = 1'000'000;

// + - * / %. Errors: overflow, division, range, limit, wrong_type.
base::Result<data::Value> arithmetic(Operator op, const data::Value& a, const data::Value& b);
base::Result<data::Value> negate(const data::Value& value);

// Values of different types are unequal, numbers compare by value, NaN equals nothing.
bool equal(const data::Value& a, const data::Value& b);
// < <= > >=. False where either is NaN. Errors: wrong_type.
base::Result<data::Value> ordering(Operator op, const data::Value& a, const data::Value& b);

// `value in container`: among a list's elements or a map's keys.
base::Result<data::Value> membership(const data::Value& value, const data::Value& container);
// container[key]. Errors: range, no_such_key, wrong_type.
base::Result<data::Value> element(const data::Value& container, const data::Value& key);
// object.field. Errors: no_such_key, wrong_type.
base::Result<data::Value> field(const data::Value& object, std::string_view name);
// Null where the object has no such field.
base::Result<const data::Value*> find_field(const data::Value& object, std::string_view name);

// {keys[0]: values[0], …} of keys and values in turn. Errors: wrong_type (of a key), conflict (one
// key twice).
base::Result<data::Value> make_map(std::span<const data::Value> entries);

// "'+' does not take int and string": of the types that are there.
base::Error no_such_operator(Operator op, std::span<const std::string> types);

}  // namespace weir::expr
