// JSON (RFC 8259): text to values, values and records to text.
//
// Pure functions, thread-safe. Text must be UTF-8; a key that stands twice in an object is refused,
// since RFC 8259 leaves open which of the two counts (RFC 7493, clause 2.3, forbids it). A number
// without point or exponent is an int, beyond int64 a uint, beyond uint64 a double, like every
// other number.
//
// Written is plain JSON: bytes as base64, a timestamp in RFC 3339 with nanoseconds, a duration as
// 1m30s, NaN and the infinities as the strings "NaN", "Infinity", "-Infinity"; a double always has
// a point or an exponent, so that it is read as one again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/value.h"

namespace weir::data {

inline constexpr std::size_t kJsonBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kJsonDepthMax = 64;  // objects and lists within each other

// Errors say line and column, counted from 1, the column in bytes.
base::Result<Value> parse_json(std::string_view text);

void append_json(std::string& out, const Value& value);
// Quoted; a byte that is not UTF-8 is written as U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// One row of a column as a value of its kind. An image, and a packet that is no encoded picture, is
// null.
void append_json(std::string& out, const Column& column, std::size_t row);

// Record `index` as one object: `time`, `device`, then its columns under their flat names. A packet
// that is an encoded picture (MJPEG) is base64; images and other packets are left out.
void append_record_json(std::string& out, const Batch& batch, std::size_t index,
                        const Dictionary& devices);

}  // namespace weir::data
