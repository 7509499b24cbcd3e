// JSON, written piece by piece.
#include "data/json_writer.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "data/json.h"

namespace weir::data {
namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  CHECK(error == std::errc());
  out.append(digits, end);
}

}  // namespace

JsonWriter& JsonWriter::begin_object(std::string_view key) {
  begin_value(key);
  out_ += '{';
  open_ += '{';
  return *this;
}

JsonWriter& JsonWriter::begin_list(std::string_view key) {
  begin_value(key);
  out_ += '[';
  open_ += '[';
  return *this;
}

JsonWriter& JsonWriter::end() {
  CHECK(!open_.empty());
  out_ += open_.back() == '{' ? '}' : ']';
  open_.pop_back();
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view key, std::string_view value) {
  begin_value(key);
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::text_if(std::string_view key, std::string_view value) {
  return value.empty() ? *this : text(key, value);
}

JsonWriter& JsonWriter::number(std::string_view key, std::int64_t value) {
  begin_value(key);
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::count(std::string_view key, std::uint64_t value) {
  begin_value(key);
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::real(std::string_view key, double value) {
  begin_value(key);
  append_json(out_, Value(value));
  return *this;
}

JsonWriter& JsonWriter::flag(std::string_view key, bool value) {
  begin_value(key);
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::time(std::string_view key, std::int64_t wall_ns) {
  return text(key, base::format_rfc3339(wall_ns));
}

JsonWriter& JsonWriter::raw(std::string_view key, std::string_view json) {
  begin_value(key);
  out_ += json;
  return *this;
}

std::string JsonWriter::take() && {
  CHECK(open_.empty());
  return std::move(out_);
}

void JsonWriter::begin_value(std::string_view key) {
  const bool in_object = !open_.empty() && open_.back() == '{';
  CHECK(in_object != key.empty());
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
  if (!in_object) return;
  append_json_string(out_, key);
  out_ += ':';
}

}  // namespace weir::data
