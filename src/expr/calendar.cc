// Times and durations.
#include "expr/calendar.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
constexpr std::int64_t floor_remainder(std::int64_t a, std::int64_t b) {
  return a % b + (a % b < 0 ? b : 0);
}

// A fraction of nine digits without the zeros at its end, "" where it is zero.
std::string fraction(std::int64_t ns) {
  if (ns == 0) return {};
  std::string digits = std::to_string(ns + kSecond).substr(1);
  digits.resize(digits.find_last_not_of('0') + 1);
  return "." + digits;
}

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array kUnits = {
    Unit{"ns", 1},    Unit{"us", 1'000},  Unit{"µs", 1'000}, Unit{"ms", kMillisecond},
    Unit{"h", kHour}, Unit{"m", kMinute}, Unit{"s", kSecond}};

// One number and its unit at the beginning of `rest`, which moves on. In nanoseconds, cut, never
// rounded.
std::optional<std::int64_t> quantity_ns(std::string_view& rest) {
  std::int64_t whole = 0;
  std::size_t at = 0;
  bool any = false;
  for (; at < rest.size() && base::is_digit(rest[at]); ++at, any = true) {
    if (__builtin_mul_overflow(whole, 10, &whole) ||
        __builtin_add_overflow(whole, rest[at] - '0', &whole)) {
      return std::nullopt;
    }
  }
  __int128 part = 0;
  __int128 scale = 1;
  if (at < rest.size() && rest[at] == '.') {
    for (++at; at < rest.size() && base::is_digit(rest[at]); ++at, any = true) {
      constexpr __int128 kScaleMax = 1'000'000'000'000'000'000;  // finer than any unit
      if (scale == kScaleMax) continue;
      part = part * 10 + (rest[at] - '0');
      scale *= 10;
    }
  }
  rest.remove_prefix(at);
  if (!any) return std::nullopt;
  for (const Unit& unit : kUnits) {
    const bool is_m = unit.name == "m" && rest.starts_with("ms");
    if (!rest.starts_with(unit.name) || is_m) continue;
    rest.remove_prefix(unit.name.size());
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(whole, unit.ns, &ns)) return std::nullopt;
    if (__builtin_add_overflow(ns, static_cast<std::int64_t>(part * unit.ns / scale), &ns))
      return std::nullopt;
    return ns;
  }
  return std::nullopt;
}

}  // namespace

std::int64_t part(TimePart part, std::int64_t time_ns) {
  const std::int64_t of_day = floor_remainder(time_ns, kDay);
  const std::chrono::sys_days day(std::chrono::days(floor_divide(time_ns, kDay)));
  const std::chrono::year_month_day date(day);
  switch (part) {
    case TimePart::full_year: return int{date.year()};
    case TimePart::month: return unsigned{date.month()} - 1;
    case TimePart::date: return unsigned{date.day()};
    case TimePart::day_of_month: return unsigned{date.day()} - 1;
    case TimePart::day_of_week: return std::chrono::weekday(day).c_encoding();
    case TimePart::day_of_year:
      return (day - std::chrono::sys_days(date.year() / std::chrono::January / 1)).count();
    case TimePart::hours: return of_day / kHour;
    case TimePart::minutes: return of_day / kMinute % 60;
    case TimePart::seconds: return of_day / kSecond % 60;
    case TimePart::milliseconds: return of_day / kMillisecond % 1'000;
  }
  return 0;
}

std::int64_t duration_part(TimePart part, std::int64_t duration_ns) {
  switch (part) {
    case TimePart::hours: return duration_ns / kHour;
    case TimePart::minutes: return duration_ns / kMinute;
    case TimePart::milliseconds: return duration_ns / kMillisecond % 1'000;
    default: return duration_ns / kSecond;
  }
}

Result<std::int64_t> zone_offset_ns(std::string_view zone) {
  if (zone == "UTC") return 0;
  std::string_view rest = zone;
  const bool behind = rest.starts_with('-');
  if (behind || rest.starts_with('+')) rest.remove_prefix(1);
  const auto shape = [&](std::size_t i) {
    return i == 2 ? rest[i] == ':' : base::is_digit(rest[i]);
  };
  bool offset = rest.size() == 5;
  for (std::size_t i = 0; offset && i < rest.size(); ++i) offset = shape(i);
  const auto two = [&](std::size_t at) { return (rest[at] - '0') * 10 + rest[at + 1] - '0'; };
  if (offset && two(0) < 24 && two(3) < 60) {
    const std::int64_t ns = two(0) * kHour + two(3) * kMinute;
    return behind ? -ns : ns;
  }
  const std::string shown(zone.substr(0, 60));
  if (!offset && zone.find('/') != std::string_view::npos) {
    return base::fail(Code::not_yet,
                      "the time zone '" + shown +
                          "' is not there yet; write its offset, such as '+02:00', or 'UTC'");
  }
  return base::fail(
      Code::invalid,
      "'" + shown + "' is not a time zone; expected 'UTC' or an offset such as '+02:00'");
}

Result<std::int64_t> parse_cel_duration_ns(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const auto bad = [&] {
    return base::fail(
        Code::range,
        "'" + std::string(text.substr(0, 60)) +
            "' is not a duration within 292 years; expected numbers with a unit (h, m, s, "
            "ms, us, ns), such as 1h30m or -1.5s");
  };
  if (rest == "0") return 0;
  if (rest.empty()) return bad();
  std::int64_t total = 0;
  while (!rest.empty()) {
    const auto ns = quantity_ns(rest);
    if (!ns || __builtin_add_overflow(total, *ns, &total)) return bad();
  }
  return negative ? -total : total;
}

std::string format_cel_duration(std::int64_t ns) {
  const std::int64_t seconds = ns / kSecond;
  return (ns < 0 ? "-" : "") + std::to_string(std::abs(seconds)) +
         fraction(std::abs(ns % kSecond)) + "s";
}

std::string format_cel_timestamp(std::int64_t ns) {
  std::string text = base::format_rfc3339(ns);  // with nine digits and Z
  const std::size_t point = text.find('.');
  return text.substr(0, point) + fraction(floor_remainder(ns, kSecond)) + "Z";
}

}  // namespace weir::expr
