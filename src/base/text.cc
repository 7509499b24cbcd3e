// Text forms of plain values.
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <system_error>
#include <vector>

namespace weir::base {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::array kUnits = {Unit{"d", 86'400 * kSecond},
                               Unit{"h", 3'600 * kSecond},
                               Unit{"m", 60 * kSecond},
                               Unit{"s", kSecond},
                               Unit{"ms", 1'000'000},
                               Unit{"us", 1'000},
                               Unit{"ns", 1}};

std::unexpected<Error> bad_duration(std::string_view text) {
  return fail(Code::invalid, "'" + std::string(text) +
                                 "' is not a duration; expected a number with a unit (ns, us, ms, "
                                 "s, m, h, d), such as 250ms or 1h30m");
}

// Reads exactly `count` digits at `at`, moving it on; -1 where they are not there.
int digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (!is_digit(text[at])) return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool accept(std::string_view text, std::size_t& at, char lower) {
  if (at >= text.size() || (text[at] | 0x20) != (lower | 0x20)) return false;
  ++at;
  return true;
}

// "Z" or "+hh:mm", in seconds.
std::optional<int> zone_offset_s(std::string_view text, std::size_t& at) {
  if (accept(text, at, 'z')) return 0;
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const int sign = text[at++] == '-' ? -1 : 1;
  const int hours = digits(text, at, 2);
  if (hours < 0 || hours > 23 || !accept(text, at, ':')) return std::nullopt;
  const int minutes = digits(text, at, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 3'600 + minutes * 60);
}

std::optional<std::int64_t> fraction_ns(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  ++at;
  std::int64_t value = 0;
  int count = 0;
  for (; at < text.size() && is_digit(text[at]); ++at, ++count) {
    if (count == 9) return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  if (count == 0) return std::nullopt;
  for (; count < 9; ++count) value *= 10;
  return value;
}

std::optional<std::int64_t> rfc3339_ns(std::string_view text) {
  std::size_t at = 0;
  const int year = digits(text, at, 4);
  if (year < 0 || !accept(text, at, '-')) return std::nullopt;
  const int month = digits(text, at, 2);
  if (month < 1 || month > 12 || !accept(text, at, '-')) return std::nullopt;
  const int day = digits(text, at, 2);
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (day < 1 || !date.ok()) return std::nullopt;
  if (at >= text.size() || (text[at] != ' ' && (text[at] | 0x20) != 't')) return std::nullopt;
  ++at;
  const int hour = digits(text, at, 2);
  if (hour < 0 || hour > 23 || !accept(text, at, ':')) return std::nullopt;
  const int minute = digits(text, at, 2);
  if (minute < 0 || minute > 59 || !accept(text, at, ':')) return std::nullopt;
  const int second = digits(text, at, 2);
  if (second < 0 || second > 60) return std::nullopt;  // 60: a leap second counts as the next one
  const auto fraction = fraction_ns(text, at);
  if (!fraction) return std::nullopt;
  const auto offset = zone_offset_s(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3'600 + minute * 60 + second - *offset;
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &ns) || __builtin_add_overflow(ns, *fraction, &ns)) {
    return std::nullopt;
  }
  return ns;
}

void append_padded(std::string& out, std::int64_t value, int width) {
  const std::string text = std::to_string(value);
  for (int i = static_cast<int>(text.size()); i < width; ++i) out += '0';
  out += text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

Result<std::int64_t> parse_duration_ns(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) return bad_duration(text);
  double total = 0;
  std::int64_t whole_total = 0;
  while (!rest.empty()) {
    if (!is_digit(rest.front())) return bad_duration(text);
    double value = 0;
    const auto number =
        std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
    if (number.ec != std::errc()) return bad_duration(text);
    std::int64_t whole = 0;
    const auto integer = std::from_chars(rest.data(), number.ptr, whole);
    const bool exact = integer.ec == std::errc() && integer.ptr == number.ptr;
    rest.remove_prefix(static_cast<std::size_t>(number.ptr - rest.data()));
    const std::size_t end = std::min(rest.find_first_of("0123456789"), rest.size());
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& u) { return u.name == rest.substr(0, end); });
    if (unit == kUnits.end()) return bad_duration(text);
    rest.remove_prefix(end);
    const double part = value * static_cast<double>(unit->ns);
    total += part;
    if (total > 9.2e18)
      return fail(Code::range, "'" + std::string(text) + "' is longer than 292 years");
    whole_total += exact ? whole * unit->ns : std::llround(part);
  }
  return negative ? -whole_total : whole_total;
}

std::string format_duration(std::int64_t ns) {
  if (ns == 0) return "0s";
  std::string out;
  auto left = static_cast<std::uint64_t>(ns);
  if (ns < 0) {
    out += '-';
    left = 0 - left;
  }
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.ns);
    if (left < size) continue;
    out += std::to_string(left / size);
    out += unit.name;
    left %= size;
  }
  return out;
}

Result<std::int64_t> parse_rfc3339_ns(std::string_view text) {
  if (const auto ns = rfc3339_ns(text)) return *ns;
  return fail(Code::invalid, "'" + std::string(text) + "' is not a time; expected RFC 3339 " +
                                 std::string(kTimeRange) + ", such as 2026-03-01T12:00:00Z");
}

std::string format_rfc3339(std::int64_t ns) {
  std::int64_t seconds = ns / kSecond;
  std::int64_t fraction = ns % kSecond;
  if (fraction < 0) {
    fraction += kSecond;
    --seconds;
  }
  std::int64_t days = seconds / 86'400;
  std::int64_t of_day = seconds % 86'400;
  if (of_day < 0) {
    of_day += 86'400;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  std::string out;
  append_padded(out, int{date.year()}, 4);
  append_padded(out += '-', unsigned{date.month()}, 2);
  append_padded(out += '-', unsigned{date.day()}, 2);
  append_padded(out += 'T', of_day / 3'600, 2);
  append_padded(out += ':', of_day / 60 % 60, 2);
  append_padded(out += ':', of_day % 60, 2);
  append_padded(out += '.', fraction, 9);
  return out += 'Z';
}

std::string encode_base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= count ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

Result<std::string> decode_base64(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid, "text is not base64 (RFC 4648 with padding)");
  };
  if (text.size() % 4 != 0) return bad();
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t padding = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const char c = text[i + j];
      std::uint32_t six = 0;
      if (c >= 'A' && c <= 'Z')
        six = static_cast<std::uint32_t>(c - 'A');
      else if (c >= 'a' && c <= 'z')
        six = static_cast<std::uint32_t>(c - 'a' + 26);
      else if (is_digit(c))
        six = static_cast<std::uint32_t>(c - '0' + 52);
      else if (c == '+')
        six = 62;
      else if (c == '/')
        six = 63;
      else if (c == '=' && i + 4 == text.size() && j >= 2)
        ++padding;
      else
        return bad();
      if (padding > 0 && c != '=') return bad();
      group = group << 6 | six;
    }
    for (std::size_t j = 0; j + padding < 3; ++j)
      out += static_cast<char>(group >> (16 - 8 * j) & 255);
  }
  return out;
}

std::string encode_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  constexpr std::size_t kDigits = 64;
  if (!text.starts_with(kAlgorithm)) return false;
  text.remove_prefix(kAlgorithm.size());
  return text.size() == kDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::optional<std::size_t> invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || i + length > text.size()) return i;
    const unsigned second = byte(i + 1);
    const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;  // no overlong forms
    const unsigned most = first == 0xED   ? 0x9F
                          : first == 0xF4 ? 0x8F
                                          : 0xBF;  // no surrogates, at most U+10FFFF
    if (second < least || second > most) return i;
    for (std::size_t j = 2; j < length; ++j) {
      if ((byte(i + j) & 0xC0) != 0x80) return i;
    }
    i += length;
  }
  return std::nullopt;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (const auto bad = invalid_utf8(text)) {
    out += text.substr(0, *bad);
    out += "\xEF\xBF\xBD";
    text.remove_prefix(*bad + 1);
  }
  out += text;
  return out;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const auto [shorter, longer] = std::minmax({name.size(), candidate.size()});
    if (longer - shorter >= best_distance) continue;  // at least so far apart
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace weir::base
