// Reading answers of a server: a member that is absent or of another type reads as empty.
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/value.h"

namespace weir::cli {

std::string text_at(const data::Value& object, std::string_view key);  // numbers as digits
double number_at(const data::Value& object, std::string_view key);
const data::List& list_at(const data::Value& object, std::string_view key);
const data::Value& object_at(const data::Value& object, std::string_view key);

// A value for people: maps and lists one member a line, indented; control characters are made
// visible.
std::string tree(const data::Value& value, std::size_t indent = 0);

// The two largest units of a span of time, to the second: 5s, 3m12s, 2d4h. Of a negative one: 0s.
std::string age(std::int64_t ns);

}  // namespace weir::cli
