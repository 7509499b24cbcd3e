// The lexer: from text to words.
#include "expr/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "base/text.h"
#include "expr/literal.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

bool hex_digit(char c) {
  return base::is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}
bool name_start(char c) {
  return c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}
bool name_part(char c) {
  return name_start(c) || base::is_digit(c);
}
// What may stand in backticks besides.
bool quoted_part(char c) {
  return name_part(c) || c == '-' || c == '.' || c == '/' || c == ' ';
}
bool newline(char c) {
  return c == '\n' || c == '\r';
}

// Longer ones before their own beginnings.
constexpr std::array<std::string_view, 24> kSymbols = {
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
    "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}"};

constexpr std::array<std::string_view, 17> kReserved = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    for (;;) {
      skip_blank();
      token_ = Token{};
      token_.position = position_;
      if (at_ == text_.size()) break;
      TRY_DO(read());
      tokens.push_back(std::move(token_));
    }
    tokens.push_back(std::move(token_));
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void advance(std::size_t bytes) {
    for (; bytes > 0; --bytes, ++at_) {
      const char c = text_[at_];
      const bool crlf = c == '\r' && peek(1) == '\n';
      if (newline(c) && !crlf) {
        ++position_.line;
        position_.column = 1;
      } else if ((c & 0xC0) != 0x80 && !crlf) {
        ++position_.column;
      }
    }
  }

  void skip_blank() {
    for (;;) {
      if (text_.substr(at_).starts_with("//")) {
        while (at_ < text_.size() && !newline(text_[at_])) advance(1);
      } else if (at_ < text_.size() && (newline(text_[at_]) || text_[at_] == ' ' ||
                                        text_[at_] == '\t' || text_[at_] == '\f')) {
        advance(1);
      } else {
        return;
      }
    }
  }

  Result<> read() {
    const char c = peek();
    if (const std::size_t prefix = quote_prefix(); prefix < 3) return read_quoted(prefix);
    if (base::is_digit(c) || (c == '.' && base::is_digit(peek(1)))) return read_number();
    if (name_start(c)) {
      read_name();
      return {};
    }
    if (c == '`') return read_backticks();
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_).starts_with(symbol)) {
        take(Token::Kind::symbol, symbol.size());
        return {};
      }
    }
    return unexpected_character();
  }

  std::unexpected<base::Error> unexpected_character() const {
    std::string what;
    std::size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] & 0xC0) == 0x80) ++end;
    if (static_cast<unsigned char>(peek()) < 0x20 || peek() == 0x7F) {
      what = "a control character";
    } else {
      what.append("'").append(text_.substr(at_, end - at_)).append("'");
    }
    const char* hint = peek() == '='                    ? "; equality is written '=='"
                       : peek() == '&' || peek() == '|' ? "; logic is written '&&' and '||'"
                                                        : "";
    return fail_at(position_, Code::invalid, what + " means nothing here" + hint);
  }

  void take(Token::Kind kind, std::size_t size) {
    token_.kind = kind;
    token_.text = text_.substr(at_, size);
    advance(size);
  }

  void read_name() {
    std::size_t size = 1;
    while (name_part(peek(size))) ++size;
    take(Token::Kind::name, size);
    if (token_.text == "in") token_.kind = Token::Kind::symbol;
    if (token_.text == "true" || token_.text == "false") {
      token_.kind = Token::Kind::literal;
      token_.literal = token_.text == "true";
    }
    if (token_.text == "null") token_.kind = Token::Kind::literal;
  }

  Result<> read_backticks() {
    std::size_t size = 1;
    while (quoted_part(peek(size))) ++size;
    if (peek(size) != '`' || size == 1) {
      return fail_at(
          position_, Code::invalid,
          "a name in backticks has letters, digits, '_', '-', '.', '/' and blanks, and ends with a "
          "backtick");
    }
    take(Token::Kind::quoted, size + 1);
    token_.text = token_.text.substr(1, size - 1);
    return {};
  }

  // ---- numbers ----

  Result<> read_number() {
    if (peek() == '0' && (peek(1) | 0x20) == 'x' && hex_digit(peek(2))) {
      std::size_t size = 2;
      while (hex_digit(peek(size))) ++size;
      return read_integer(size, 16);
    }
    std::size_t size = 0;
    while (base::is_digit(peek(size))) ++size;
    bool integer = true;
    if (peek(size) == '.' && base::is_digit(peek(size + 1))) {
      integer = false;
      for (++size; base::is_digit(peek(size)); ++size) {
      }
    }
    if ((peek(size) | 0x20) == 'e') {
      const std::size_t sign = peek(size + 1) == '+' || peek(size + 1) == '-' ? 1 : 0;
      if (base::is_digit(peek(size + 1 + sign))) {
        integer = false;
        for (size += 1 + sign; base::is_digit(peek(size)); ++size) {
        }
      }
    }
    return integer ? read_integer(size, 10) : read_double(size);
  }

  Result<> read_integer(std::size_t size, int radix) {
    const std::string_view written = text_.substr(at_, size);
    const std::string_view digits = written.substr(radix == 16 ? 2 : 0);
    std::uint64_t value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value, radix).ec !=
        std::errc()) {
      return fail_at(position_, Code::range, "the number has more than 64 bits");
    }
    const bool is_uint = (peek(size) | 0x20) == 'u';
    take(is_uint ? Token::Kind::literal : Token::Kind::integer, size + (is_uint ? 1 : 0));
    token_.literal = value;
    return number_ends();
  }

  Result<> read_double(std::size_t size) {
    const auto value = parse_double(text_.substr(at_, size));
    if (!value) return fail_at(position_, Code::range, "the number is beyond what a double holds");
    take(Token::Kind::literal, size);
    token_.literal = *value;
    return number_ends();
  }

  Result<> number_ends() const {
    if (!name_part(peek())) return {};
    return fail_at(position_, Code::invalid, "expected an operator between a number and a name");
  }

  // ---- strings and bytes ----

  // How many letters (b, r) stand before a quote here; more than 2 where there is no quote.
  std::size_t quote_prefix() const {
    std::size_t size = 0;
    if ((peek() | 0x20) == 'b') ++size;
    if ((peek(size) | 0x20) == 'r') ++size;
    return peek(size) == '"' || peek(size) == '\'' ? size : 3;
  }

  Result<> read_quoted(std::size_t prefix) {
    const Position start = position_;
    const auto has = [&](char letter) {
      return std::ranges::any_of(text_.substr(at_, prefix),
                                 [&](char c) { return (c | 0x20) == letter; });
    };
    const bool raw = has('r');
    const Quoted quoted = has('b') ? Quoted::bytes : Quoted::string;
    const std::string_view rest = text_.substr(at_ + prefix);
    const std::string three(3, rest.front());
    const bool triple = rest.starts_with(three);
    const std::string_view quote = std::string_view(three).substr(0, triple ? 3 : 1);

    std::size_t end = quote.size();
    for (; end < rest.size() && !rest.substr(end).starts_with(quote); ++end) {
      if (!triple && newline(rest[end])) break;
      if (!raw && rest[end] == '\\') ++end;
    }
    if (end >= rest.size() || !rest.substr(end).starts_with(quote)) {
      return fail_at(start, Code::invalid,
                     "text is not closed; expected " + std::string(quote) +
                         (triple ? "" : " before the end of the line"));
    }
    const std::string_view body = rest.substr(quote.size(), end - quote.size());
    Result<std::string> value = raw ? std::string(body) : unescape(body, quoted);
    if (!value) return fail_at(start, value.error().code, value.error().message);
    take(Token::Kind::literal, prefix + end + quote.size());
    token_.literal = quoted == Quoted::bytes ? data::Value(data::Bytes{std::move(*value)})
                                             : data::Value(std::move(*value));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Position position_;
  Token token_;
};

}  // namespace

bool reserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != kReserved.end();
}

Result<std::vector<Token>> tokenize(std::string_view text) {
  if (const auto at = base::invalid_utf8(text)) {
    return base::fail(Code::invalid,
                      "1:1: the expression is not UTF-8 from byte " + std::to_string(*at) + " on");
  }
  return Lexer(text).run();
}

}  // namespace weir::expr
