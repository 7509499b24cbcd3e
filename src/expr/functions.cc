// The functions of CEL.
#include "expr/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <system_error>

#include "base/text.h"
#include "expr/literal.h"
#include "expr/regex.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;
using data::Bytes;
using data::Duration;
using data::Timestamp;
using data::Value;
using Arguments = std::span<const Value>;

const std::string& text(const Value& value) {
  return *value.get<std::string>();
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 60;
  if (text.size() > kShownMax) return "a text of " + std::to_string(text.size()) + " bytes";
  return "'" + std::string(text) + "'";
}

std::unexpected<base::Error> beyond(const std::string& value, std::string_view type) {
  return base::fail(Code::range, value + " is beyond what " + std::string(type) + " holds");
}
std::unexpected<base::Error> no_number(const Value& value, std::string_view type) {
  return base::fail(Code::invalid, shown(text(value)) + " is not " + std::string(type));
}

Result<Value> same(Arguments a) {
  return a[0];
}

// ---- conversions ----

template <std::integral I>
Result<Value> integer_of_text(Arguments a) {
  constexpr std::string_view kName = std::same_as<I, std::int64_t> ? "an int" : "a uint";
  std::string_view digits = text(a[0]);
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  I value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc::result_out_of_range) return beyond(shown(text(a[0])), kName);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size())
    return no_number(a[0], kName);
  return value;
}

Result<Value> int_of_uint(Arguments a) {
  const std::uint64_t value = *a[0].get<std::uint64_t>();
  if (value > static_cast<std::uint64_t>(INT64_MAX)) return beyond(std::to_string(value), "an int");
  return static_cast<std::int64_t>(value);
}

Result<Value> int_of_double(Arguments a) {
  return int_of(*a[0].get<double>());
}

Result<Value> int_of_timestamp(Arguments a) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t ns = a[0].get<Timestamp>()->ns;
  return ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
}

Result<Value> uint_of_int(Arguments a) {
  const std::int64_t value = *a[0].get<std::int64_t>();
  if (value < 0) return beyond(std::to_string(value), "a uint");
  return static_cast<std::uint64_t>(value);
}

Result<Value> uint_of_double(Arguments a) {
  const double value = *a[0].get<double>();
  if (!(value >= 0) || !(value < 0x1p64)) return beyond(fmt::format("{}", value), "a uint");
  return static_cast<std::uint64_t>(value);
}

Result<Value> double_of_text(Arguments a) {
  const auto value = parse_double(text(a[0]));
  if (!value) return no_number(a[0], "a double");
  return *value;
}

Result<Value> text_of_double(Arguments a) {
  const double value = *a[0].get<double>();
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return fmt::format("{}", value);
}

Result<Value> text_of_bytes(Arguments a) {
  const std::string& bytes = a[0].get<Bytes>()->data;
  if (const auto at = base::invalid_utf8(bytes)) {
    return base::fail(Code::invalid,
                      "the bytes are not UTF-8 from byte " + std::to_string(*at) + " on");
  }
  return bytes;
}

Result<Value> bool_of_text(Arguments a) {
  constexpr std::array<std::string_view, 5> kTrue = {"true", "True", "TRUE", "t", "1"};
  constexpr std::array<std::string_view, 5> kFalse = {"false", "False", "FALSE", "f", "0"};
  const std::string& written = text(a[0]);
  if (std::ranges::find(kTrue, written) != kTrue.end() || written == "T") return true;
  if (std::ranges::find(kFalse, written) != kFalse.end() || written == "F") return false;
  return no_number(a[0], "a bool; expected true or false");
}

Result<Value> timestamp_of_text(Arguments a) {
  auto ns = base::parse_rfc3339_ns(text(a[0]));
  if (!ns) {
    return base::fail(Code::range, shown(text(a[0])) + " is not a time " +
                                       std::string(base::kTimeRange) +
                                       "; expected RFC 3339, such as 2026-03-01T12:00:00Z");
  }
  return Timestamp{*ns};
}

Result<Value> timestamp_of_int(Arguments a) {
  const std::int64_t seconds = *a[0].get<std::int64_t>();
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(seconds, 1'000'000'000, &ns)) {
    return base::fail(Code::range, std::to_string(seconds) + " s since 1970 is not a time " +
                                       std::string(base::kTimeRange));
  }
  return Timestamp{ns};
}

Result<Value> duration_of_text(Arguments a) {
  TRY(const std::int64_t ns, parse_cel_duration_ns(text(a[0])));
  return Duration{ns};
}

// ---- texts ----

Result<Value> matches_text(Arguments a) {
  TRY(const Pattern pattern, compile_pattern(text(a[1])));
  return matches(*pattern, text(a[0]));
}

// ---- parts of times ----

template <TimePart P>
Result<Value> timestamp_part(Arguments a) {
  std::int64_t ns = a[0].get<Timestamp>()->ns;
  if (a.size() == 2) {
    TRY(const std::int64_t offset, zone_offset_ns(text(a[1])));
    if (__builtin_add_overflow(ns, offset, &ns)) {
      return base::fail(Code::range,
                        "the time is not " + std::string(base::kTimeRange) + " in that zone");
    }
  }
  return part(P, ns);
}

template <TimePart P>
Result<Value> part_of_duration(Arguments a) {
  return duration_part(P, a[0].get<Duration>()->ns);
}

constexpr Overload conversion(std::string_view name, Kind from, Kind to,
                              decltype(Overload::apply) apply, Columnar columnar = Columnar::none) {
  return {name, Style::call, {from, Kind::dyn}, 1, to, apply, columnar};
}
constexpr Overload text_test(std::string_view name, decltype(Overload::apply) apply,
                             Columnar columnar) {
  return {name, Style::member, {Kind::string, Kind::string}, 2, Kind::boolean, apply, columnar};
}
constexpr Overload size_of(Style style, Kind kind, decltype(Overload::apply) apply) {
  return {"size",
          style,
          {kind, Kind::dyn},
          1,
          Kind::int64,
          apply,
          kind == Kind::string ? Columnar::size : Columnar::none};
}
template <TimePart P>
constexpr Overload in_utc(std::string_view name) {
  return {name,        Style::member,      {Kind::timestamp, Kind::dyn}, 1,
          Kind::int64, &timestamp_part<P>, Columnar::time_part,          P};
}
template <TimePart P>
constexpr Overload in_zone(std::string_view name) {
  return {name, Style::member, {Kind::timestamp, Kind::string}, 2, Kind::int64, &timestamp_part<P>};
}
template <TimePart P>
constexpr Overload of_duration(std::string_view name) {
  return {name, Style::member, {Kind::duration, Kind::dyn}, 1, Kind::int64, &part_of_duration<P>};
}

constexpr auto size_of_text = [](Arguments a) -> Result<Value> { return code_points(text(a[0])); };
constexpr auto size_of_bytes = [](Arguments a) -> Result<Value> {
  return static_cast<std::int64_t>(a[0].get<Bytes>()->data.size());
};
constexpr auto size_of_list = [](Arguments a) -> Result<Value> {
  return static_cast<std::int64_t>(a[0].get<data::List>()->size());
};
constexpr auto size_of_map = [](Arguments a) -> Result<Value> {
  return static_cast<std::int64_t>(a[0].get<data::Map>()->size());
};

const auto kOverloads = std::to_array<Overload>({
    size_of(Style::call, Kind::string, size_of_text),
    size_of(Style::call, Kind::bytes, size_of_bytes),
    size_of(Style::call, Kind::list, size_of_list),
    size_of(Style::call, Kind::map, size_of_map),
    size_of(Style::member, Kind::string, size_of_text),
    size_of(Style::member, Kind::bytes, size_of_bytes),
    size_of(Style::member, Kind::list, size_of_list),
    size_of(Style::member, Kind::map, size_of_map),

    text_test(
        "contains", [](Arguments a) -> Result<Value> { return text(a[0]).contains(text(a[1])); },
        Columnar::contains),
    text_test(
        "startsWith",
        [](Arguments a) -> Result<Value> { return text(a[0]).starts_with(text(a[1])); },
        Columnar::starts_with),
    text_test(
        "endsWith", [](Arguments a) -> Result<Value> { return text(a[0]).ends_with(text(a[1])); },
        Columnar::ends_with),
    text_test("matches", matches_text, Columnar::matches),
    {"matches",
     Style::call,
     {Kind::string, Kind::string},
     2,
     Kind::boolean,
     matches_text,
     Columnar::matches},

    conversion("int", Kind::int64, Kind::int64, same),
    conversion("int", Kind::uint64, Kind::int64, int_of_uint),
    conversion("int", Kind::float64, Kind::int64, int_of_double, Columnar::to_int),
    conversion("int", Kind::string, Kind::int64, integer_of_text<std::int64_t>),
    conversion("int", Kind::timestamp, Kind::int64, int_of_timestamp),
    conversion("uint", Kind::uint64, Kind::uint64, same),
    conversion("uint", Kind::int64, Kind::uint64, uint_of_int),
    conversion("uint", Kind::float64, Kind::uint64, uint_of_double),
    conversion("uint", Kind::string, Kind::uint64, integer_of_text<std::uint64_t>),
    conversion("double", Kind::float64, Kind::float64, same),
    conversion(
        "double", Kind::int64, Kind::float64,
        [](Arguments a) -> Result<Value> { return static_cast<double>(*a[0].get<std::int64_t>()); },
        Columnar::to_double),
    conversion("double", Kind::uint64, Kind::float64,
               [](Arguments a) -> Result<Value> {
                 return static_cast<double>(*a[0].get<std::uint64_t>());
               }),
    conversion("double", Kind::string, Kind::float64, double_of_text),
    conversion("string", Kind::string, Kind::string, same),
    conversion("string", Kind::boolean, Kind::string,
               [](Arguments a) -> Result<Value> { return *a[0].get<bool>() ? "true" : "false"; }),
    conversion(
        "string", Kind::int64, Kind::string,
        [](Arguments a) -> Result<Value> { return std::to_string(*a[0].get<std::int64_t>()); }),
    conversion(
        "string", Kind::uint64, Kind::string,
        [](Arguments a) -> Result<Value> { return std::to_string(*a[0].get<std::uint64_t>()); }),
    conversion("string", Kind::float64, Kind::string, text_of_double),
    conversion("string", Kind::bytes, Kind::string, text_of_bytes),
    conversion("string", Kind::timestamp, Kind::string,
               [](Arguments a) -> Result<Value> {
                 return format_cel_timestamp(a[0].get<Timestamp>()->ns);
               }),
    conversion(
        "string", Kind::duration, Kind::string,
        [](Arguments a) -> Result<Value> { return format_cel_duration(a[0].get<Duration>()->ns); }),
    conversion("bytes", Kind::bytes, Kind::bytes, same),
    conversion("bytes", Kind::string, Kind::bytes,
               [](Arguments a) -> Result<Value> { return Bytes{text(a[0])}; }),
    conversion("bool", Kind::boolean, Kind::boolean, same),
    conversion("bool", Kind::string, Kind::boolean, bool_of_text),
    conversion("timestamp", Kind::timestamp, Kind::timestamp, same),
    conversion("timestamp", Kind::string, Kind::timestamp, timestamp_of_text),
    conversion("timestamp", Kind::int64, Kind::timestamp, timestamp_of_int),
    conversion("duration", Kind::duration, Kind::duration, same),
    conversion("duration", Kind::string, Kind::duration, duration_of_text),
    conversion("dyn", Kind::dyn, Kind::dyn, same),
    conversion(
        "type", Kind::dyn, Kind::type,
        [](Arguments a) -> Result<Value> { return type_value(cel_type_name(kind_of(a[0]))); }),

    in_utc<TimePart::full_year>("getFullYear"),
    in_zone<TimePart::full_year>("getFullYear"),
    in_utc<TimePart::month>("getMonth"),
    in_zone<TimePart::month>("getMonth"),
    in_utc<TimePart::date>("getDate"),
    in_zone<TimePart::date>("getDate"),
    in_utc<TimePart::day_of_month>("getDayOfMonth"),
    in_zone<TimePart::day_of_month>("getDayOfMonth"),
    in_utc<TimePart::day_of_week>("getDayOfWeek"),
    in_zone<TimePart::day_of_week>("getDayOfWeek"),
    in_utc<TimePart::day_of_year>("getDayOfYear"),
    in_zone<TimePart::day_of_year>("getDayOfYear"),
    in_utc<TimePart::hours>("getHours"),
    in_zone<TimePart::hours>("getHours"),
    of_duration<TimePart::hours>("getHours"),
    in_utc<TimePart::minutes>("getMinutes"),
    in_zone<TimePart::minutes>("getMinutes"),
    of_duration<TimePart::minutes>("getMinutes"),
    in_utc<TimePart::seconds>("getSeconds"),
    in_zone<TimePart::seconds>("getSeconds"),
    of_duration<TimePart::seconds>("getSeconds"),
    in_utc<TimePart::milliseconds>("getMilliseconds"),
    in_zone<TimePart::milliseconds>("getMilliseconds"),
    of_duration<TimePart::milliseconds>("getMilliseconds"),
});

// Macros; then the extensions strings, lists and regular expressions of the usual implementations.
constexpr auto kLater = std::to_array<std::string_view>(
    {"all",           "exists",       "exists_one",        "existsOne", "map",     "filter",
     "transformList", "transformMap", "transformMapEntry", "charAt",    "indexOf", "lastIndexOf",
     "join",          "lowerAscii",   "upperAscii",        "replace",   "split",   "substring",
     "trim",          "format",       "reverse",           "quote",     "flatten", "slice",
     "sort",          "sortBy",       "distinct",          "first",     "last",    "orValue",
     "optMap",        "optFlatMap"});
constexpr auto kNamespacesLater = std::to_array<std::string_view>(
    {"math", "strings", "sets", "lists", "base64", "cel", "optional", "net", "regex", "proto"});

}  // namespace

std::span<const Overload> overloads() {
  return kOverloads;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const Overload& overload : kOverloads) {
    if (std::ranges::find(names, overload.name) == names.end()) names.push_back(overload.name);
  }
  return names;
}

bool comes_later(std::string_view name) {
  return std::ranges::find(kLater, name) != kLater.end();
}
bool namespace_comes_later(std::string_view name) {
  return std::ranges::find(kNamespacesLater, name) != kNamespacesLater.end();
}

Result<Value> int_of(double value) {
  if (!(value > -0x1p63) || !(value < 0x1p63)) return beyond(fmt::format("{}", value), "an int");
  return static_cast<std::int64_t>(value);
}

std::int64_t code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace weir::expr
