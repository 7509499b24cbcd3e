// The parser: recursive descent, precedence climbing for the binary operators.
#include "expr/parser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "expr/lexer.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

struct Binary {
  std::string_view symbol;
  Operator op;
  int precedence;  // higher binds tighter
};
enum Precedence : std::uint8_t { kOr = 1, kAnd, kRelation, kAddition, kMultiplication };
constexpr std::array kBinaries = {
    Binary{"||", Operator::logical_or, kOr},
    Binary{"&&", Operator::logical_and, kAnd},
    Binary{"<", Operator::less, kRelation},
    Binary{"<=", Operator::less_equal, kRelation},
    Binary{">", Operator::greater, kRelation},
    Binary{">=", Operator::greater_equal, kRelation},
    Binary{"==", Operator::equal, kRelation},
    Binary{"!=", Operator::not_equal, kRelation},
    Binary{"in", Operator::in, kRelation},
    Binary{"+", Operator::add, kAddition},
    Binary{"-", Operator::subtract, kAddition},
    Binary{"*", Operator::multiply, kMultiplication},
    Binary{"/", Operator::divide, kMultiplication},
    Binary{"%", Operator::remainder, kMultiplication},
};

std::string shown(const Token& token) {
  if (token.kind == Token::Kind::end) return "the end";
  constexpr std::size_t kShownMax = 40;
  if (token.text.size() > kShownMax) return "a long literal";
  return "'" + std::string(token.text) + "'";
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Syntax> run() {
    TRY(Syntax syntax, expression());
    if (!at_end()) return unexpected("an operator or the end");
    return syntax;
  }

 private:
  // ---- words ----

  const Token& here() const { return tokens_[at_]; }
  bool at_end() const { return here().kind == Token::Kind::end; }
  bool is(std::string_view symbol) const {
    return here().kind == Token::Kind::symbol && here().text == symbol;
  }
  Token next() { return at_end() ? tokens_[at_] : std::move(tokens_[at_++]); }
  bool accept(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++at_;
    return true;
  }

  std::unexpected<base::Error> unexpected(std::string_view expected) const {
    return fail_at(here().position, Code::invalid,
                   "expected " + std::string(expected) + ", found " + shown(here()));
  }
  Result<> expect(std::string_view symbol) {
    if (accept(symbol)) return {};
    return unexpected("'" + std::string(symbol) + "'");
  }
  static std::unexpected<base::Error> too_deep(Position position) {
    return fail_at(position, Code::limit,
                   "the expression is nested deeper than " + std::to_string(kDepthMax) + " levels");
  }
  Result<> refuse_optional(std::string_view form) const {
    if (!is("?")) return {};
    return fail_at(here().position, Code::not_yet,
                   "optional syntax (" + std::string(form) + ") is not there yet");
  }

  // ---- nodes ----

  static Result<Syntax> node(Syntax syntax) {
    for (const Syntax& operand : syntax.operands) {
      syntax.depth = std::max(syntax.depth, operand.depth + 1);
    }
    if (syntax.depth > kDepthMax) return too_deep(syntax.position);
    return syntax;
  }

  static Result<Syntax> operation(Operator op, Position position, std::vector<Syntax> operands) {
    Syntax syntax;
    syntax.kind = Syntax::Kind::operation;
    syntax.op = op;
    syntax.position = position;
    syntax.operands = std::move(operands);
    return node(std::move(syntax));
  }

  template <class... Operands>
  static std::vector<Syntax> list(Operands... operands) {
    std::vector<Syntax> out;
    (out.push_back(std::move(operands)), ...);
    return out;
  }

  // ---- operators ----

  // Every way down passes here or through right_operand, so that these bound the recursion.
  Result<Syntax> expression() {
    if (depth_ >= kDepthMax) return too_deep(here().position);
    ++depth_;
    auto result = conditional();
    --depth_;
    return result;
  }

  Result<Syntax> conditional() {
    TRY(Syntax condition, binary(kOr));
    if (!is("?")) return condition;
    const Position position = next().position;
    TRY(Syntax yes, binary(kOr));
    TRY_DO(expect(":"));
    TRY(Syntax no, expression());
    return operation(Operator::conditional, position,
                     list(std::move(condition), std::move(yes), std::move(no)));
  }

  const Binary* binary_here() const {
    const auto found =
        std::ranges::find_if(kBinaries, [&](const Binary& b) { return is(b.symbol); });
    return found == kBinaries.end() ? nullptr : &*found;
  }

  // Operands joined by operators of at least this precedence, all of them left to right.
  Result<Syntax> binary(int precedence) {
    TRY(Syntax left, unary());
    for (;;) {
      const Binary* found = binary_here();
      if (found == nullptr || found->precedence < precedence) return left;
      TRY(left, joined(std::move(left), *found));
    }
  }

  // a || b || c is one node for all operands, and so is a && b && c; a + b + c is (a + b) + c.
  Result<Syntax> joined(Syntax left, const Binary& binary) {
    const Position position = here().position;
    const bool logic = binary.precedence <= kAnd;
    std::vector<Syntax> operands = list(std::move(left));
    while (accept(binary.symbol)) {
      TRY(Syntax right, right_operand(binary.precedence + 1));
      operands.push_back(std::move(right));
      if (!logic) break;
    }
    return operation(binary.op, position, std::move(operands));
  }

  Result<Syntax> right_operand(int precedence) {
    if (depth_ >= kDepthMax) return too_deep(here().position);
    ++depth_;
    auto result = binary(precedence);
    --depth_;
    return result;
  }

  Result<Syntax> unary() {
    const Operator op = is("!") ? Operator::logical_not : Operator::negate;
    std::vector<Position> positions;
    while (accept(name(op))) positions.push_back(tokens_[at_ - 1].position);
    // A minus before a number is the number's own sign: the least int has no positive counterpart.
    const bool number =
        here().kind == Token::Kind::integer || here().literal.get<double>() != nullptr;
    const bool sign = op == Operator::negate && !positions.empty() && number;
    std::optional<Position> sign_position;
    if (sign) {
      sign_position = positions.back();
      positions.pop_back();
    }
    TRY(Syntax syntax, member(sign_position));
    for (; !positions.empty(); positions.pop_back()) {
      TRY(syntax, operation(op, positions.back(), list(std::move(syntax))));
    }
    return syntax;
  }

  // ---- members ----

  Result<Syntax> member(std::optional<Position> sign) {
    TRY(Syntax syntax, primary(sign));
    for (;;) {
      if (is(".")) {
        TRY(syntax, selection(std::move(syntax)));
      } else if (is("[")) {
        TRY(syntax, indexing(std::move(syntax)));
      } else if (is("{") && !dotted(syntax).empty()) {
        TRY(syntax, message(std::move(syntax)));
      } else {
        return syntax;
      }
    }
  }

  Result<Syntax> selection(Syntax object) {
    next();
    TRY_DO(refuse_optional("a.?b"));
    if (here().kind != Token::Kind::name && here().kind != Token::Kind::quoted) {
      return unexpected("a field's or function's name after '.'");
    }
    Syntax syntax;
    const Token name = next();
    syntax.position = name.position;
    syntax.text = name.text;
    syntax.operands.push_back(std::move(object));
    syntax.kind = Syntax::Kind::select;
    if (name.kind == Token::Kind::name && is("(")) {
      syntax.kind = Syntax::Kind::member;
      TRY_DO(arguments(syntax.operands));
    }
    return node(std::move(syntax));
  }

  Result<Syntax> indexing(Syntax object) {
    Syntax syntax;
    syntax.kind = Syntax::Kind::index;
    syntax.position = next().position;
    TRY_DO(refuse_optional("a[?b]"));
    TRY(Syntax index, expression());
    TRY_DO(expect("]"));
    syntax.operands = list(std::move(object), std::move(index));
    return node(std::move(syntax));
  }

  // The dotted name a node is, "" where it is anything else.
  static std::string dotted(const Syntax& syntax) {
    if (syntax.closed) return {};
    if (syntax.kind == Syntax::Kind::name) return syntax.text;
    if (syntax.kind != Syntax::Kind::select) return {};
    const std::string front = dotted(syntax.operands.front());
    return front.empty() ? front : front + "." + syntax.text;
  }

  Result<Syntax> message(Syntax type) {
    Syntax syntax;
    syntax.kind = Syntax::Kind::message;
    syntax.text = dotted(type);
    const Syntax* first = &type;
    while (first->kind == Syntax::Kind::select) first = &first->operands.front();
    syntax.position = first->position;
    next();
    while (!is("}")) {
      TRY_DO(refuse_optional("Type{?field: value}"));
      if (here().kind != Token::Kind::name && here().kind != Token::Kind::quoted) {
        return unexpected("a field's name or '}'");
      }
      next();
      TRY_DO(expect(":"));
      TRY_DO(expression());
      if (!accept(",")) break;
    }
    TRY_DO(expect("}"));
    return syntax;
  }

  // "(" [expression {"," expression}] ")"
  Result<> arguments(std::vector<Syntax>& operands) {
    next();
    while (!is(")")) {
      TRY(Syntax argument, expression());
      operands.push_back(std::move(argument));
      if (!accept(",")) return expect(")");
      if (is(")")) return unexpected("another argument after ','");
    }
    next();
    return {};
  }

  // ---- primaries ----

  Result<Syntax> primary(std::optional<Position> sign) {
    if (here().kind == Token::Kind::integer) return integer(sign);
    if (here().kind == Token::Kind::literal) return literal(sign);
    if (is("(")) {
      next();
      TRY(Syntax syntax, expression());
      TRY_DO(expect(")"));
      syntax.closed = true;
      return syntax;
    }
    if (is("[")) return list_literal();
    if (is("{")) return map_literal();
    return name_or_call();
  }

  Result<Syntax> integer(std::optional<Position> sign) {
    const Token token = next();
    const std::uint64_t magnitude = *token.literal.get<std::uint64_t>();
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (magnitude > kMax + (sign ? 1 : 0)) {
      return fail_at(token.position, Code::range,
                     "the number is beyond what an int holds; a uint is written with u behind it");
    }
    Syntax syntax;
    syntax.position = sign.value_or(token.position);
    syntax.literal = static_cast<std::int64_t>(sign ? 0 - magnitude : magnitude);
    return syntax;
  }

  Result<Syntax> literal(std::optional<Position> sign) {
    Token token = next();
    Syntax syntax;
    syntax.position = sign.value_or(token.position);
    const auto* number = token.literal.get<double>();
    syntax.literal = sign && number != nullptr ? data::Value(-*number) : std::move(token.literal);
    return syntax;
  }

  Result<Syntax> list_literal() {
    Syntax syntax;
    syntax.kind = Syntax::Kind::list;
    syntax.position = next().position;
    while (!is("]")) {
      TRY_DO(refuse_optional("[?a]"));
      TRY(Syntax element, expression());
      syntax.operands.push_back(std::move(element));
      if (!accept(",")) break;
    }
    TRY_DO(expect("]"));
    return node(std::move(syntax));
  }

  Result<Syntax> map_literal() {
    Syntax syntax;
    syntax.kind = Syntax::Kind::map;
    syntax.position = next().position;
    while (!is("}")) {
      TRY_DO(refuse_optional("{?a: b}"));
      TRY(Syntax key, expression());
      TRY_DO(expect(":"));
      TRY(Syntax value, expression());
      syntax.operands.push_back(std::move(key));
      syntax.operands.push_back(std::move(value));
      if (!accept(",")) break;
    }
    TRY_DO(expect("}"));
    return node(std::move(syntax));
  }

  // A leading dot asks for the root scope, which is the only one.
  Result<Syntax> name_or_call() {
    accept(".");
    if (here().kind != Token::Kind::name && here().kind != Token::Kind::quoted) {
      return unexpected("a value, a name or '('");
    }
    const Token token = next();
    const std::string written(token.text);
    if (token.kind == Token::Kind::name && reserved(written)) {
      return fail_at(token.position, Code::invalid,
                     "'" + written + "' is a reserved word; a column of that name is written `" +
                         written + "`");
    }
    Syntax syntax;
    syntax.kind = Syntax::Kind::name;
    syntax.position = token.position;
    syntax.text = token.text;
    if (token.kind == Token::Kind::name && is("(")) {
      syntax.kind = Syntax::Kind::call;
      TRY_DO(arguments(syntax.operands));
    }
    return node(std::move(syntax));
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

Result<Syntax> parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return fail_at({}, Code::limit,
                   "the expression has " + std::to_string(text.size()) + " bytes, more than " +
                       std::to_string(kTextBytesMax));
  }
  TRY(auto tokens, tokenize(text));
  return Parser(std::move(tokens)).run();
}

}  // namespace weir::expr
