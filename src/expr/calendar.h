// Parts of times and durations, and their text in CEL.
//
// Times are nanoseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar. Pure
// functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::expr {

enum class TimePart : std::uint8_t {
  full_year,
  month,         // from 0
  date,          // day of the month from 1
  day_of_month,  // from 0
  day_of_week,   // Sunday 0
  day_of_year,   // from 0
  hours,
  minutes,
  seconds,
  milliseconds,
};

std::int64_t part(TimePart part, std::int64_t time_ns);
// Of a duration: all of it in hours, minutes or seconds; milliseconds 0 to 999.
std::int64_t duration_part(TimePart part, std::int64_t duration_ns);

// How far a zone is ahead of UTC: "UTC", "+02:00", "-09:30", "02:00". Names such as Europe/Paris:
// not_yet.
base::Result<std::int64_t> zone_offset_ns(std::string_view zone);

// "1h30m", "-1.5s", "250ms": numbers with units h m s ms us ns.
base::Result<std::int64_t> parse_cel_duration_ns(std::string_view text);
std::string format_cel_duration(std::int64_t ns);  // "5400s", "-1.5s"
std::string format_cel_timestamp(
    std::int64_t ns);  // RFC 3339, without zeros behind the last digit of a fraction

}  // namespace weir::expr
