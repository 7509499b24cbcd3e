// Escapes in string and bytes literals.
#include "expr/literal.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <system_error>

namespace weir::expr {
namespace {

using base::Code;

constexpr char32_t kCodePointMax = 0x10FFFF;

bool surrogate(char32_t code_point) {
  return code_point >= 0xD800 && code_point <= 0xDFFF;
}

std::optional<char> simple_escape(char c) {
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`': return c;
    default: return std::nullopt;
  }
}

struct Numeric {
  std::size_t digits;
  int radix;
};

// How many digits follow the letter of a numeric escape, and in which radix.
std::optional<Numeric> numeric_escape(char c) {
  switch (c) {
    case 'x':
    case 'X': return Numeric{2, 16};
    case 'u': return Numeric{4, 16};
    case 'U': return Numeric{8, 16};
    default: return std::nullopt;
  }
}

base::Result<char32_t> number(std::string_view digits, Numeric form) {
  std::uint32_t value = 0;
  const auto end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, form.radix);
  if (digits.size() != form.digits || read.ec != std::errc() || read.ptr != end) {
    return base::fail(Code::invalid, "expected " + std::to_string(form.digits) +
                                         (form.radix == 8 ? " octal" : " hexadecimal") +
                                         " digits in an escape");
  }
  return static_cast<char32_t>(value);
}

// Reads the escape that starts behind the backslash at body[at], and moves `at` behind it.
base::Result<> escape(std::string_view body, std::size_t& at, Quoted quoted, std::string& out) {
  if (at == body.size()) return base::fail(Code::invalid, "expected an escape behind '\\'");
  const char letter = body[at];
  if (const auto simple = simple_escape(letter)) {
    out += *simple;
    ++at;
    return {};
  }
  const bool octal = letter >= '0' && letter <= '3';
  const auto form = octal ? Numeric{3, 8} : numeric_escape(letter);
  const bool unicode = letter == 'u' || letter == 'U';
  if (!form || (unicode && quoted == Quoted::bytes)) {
    std::string text = "there is no escape '\\";
    text += static_cast<unsigned char>(letter) < 0x80 ? std::string(1, letter) : "…";
    return base::fail(Code::invalid, text + (unicode ? "' in bytes" : "'"));
  }
  at += octal ? 0 : 1;
  TRY(const char32_t value, number(body.substr(at, form->digits), *form));
  at += form->digits;
  if (value > kCodePointMax || surrogate(value)) {
    return base::fail(Code::invalid, "an escape is no Unicode code point");
  }
  if (quoted == Quoted::bytes) {
    out += static_cast<char>(value);
  } else {
    append_utf8(out, value);
  }
  return {};
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ptr != text.data() + text.size() || text.empty()) return std::nullopt;
  if (read.ec == std::errc()) return value;
  if (read.ec != std::errc::result_out_of_range) return std::nullopt;
  // Too small to tell from zero is a number, too large is none.
  value = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

base::Result<std::string> unescape(std::string_view body, Quoted quoted) {
  std::string out;
  out.reserve(body.size());
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      out += body[at++];
      continue;
    }
    TRY_DO(escape(body, ++at, quoted, out));
  }
  return out;
}

}  // namespace weir::expr
