// JSON to values and rows, with simdjson's on-demand parser, which reads a document once, forwards.
#include "data/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/text.h"
#include "data/json_object.h"

namespace weir::data {
namespace {

namespace ondemand = simdjson::ondemand;
using base::Code;

std::unexpected<base::Error> not_json() {
  return base::fail(
      Code::invalid,
      "not JSON; expected a value: object, list, string, number, true, false or null");
}

std::unexpected<base::Error> failure(simdjson::error_code code) {
  using base::fail;
  switch (code) {
    case simdjson::EMPTY: return fail(Code::invalid, "no JSON, only blanks; expected a value");
    case simdjson::UTF8_ERROR: return fail(Code::invalid, "text that is not UTF-8");
    case simdjson::UNCLOSED_STRING:
      return fail(Code::invalid, "a string without its closing quote");
    case simdjson::UNESCAPED_CHARS:
      return fail(Code::invalid, "a control character in a string; expected an escape such as \\n");
    case simdjson::STRING_ERROR:
      return fail(Code::invalid, "a string with an escape that stands for nothing");
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return fail(Code::limit, "JSON too large for the memory there is");
    case simdjson::DEPTH_ERROR:
      return fail(Code::limit, fmt::format("nested more than {} deep", kJsonDepthMax));
    case simdjson::TRAILING_CONTENT:
      return fail(Code::invalid, "more text after the end of the value");
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return fail(Code::invalid, "an object or list without its end, or with text behind it");
    default: return not_json();
  }
}

// What simdjson returns, as a Result.
template <class T>
base::Result<T> checked(simdjson::simdjson_result<T> from) {
  T value{};
  if (const auto code = std::move(from).get(value)) return failure(code);
  return value;
}

std::unexpected<base::Error> twice(std::string_view key) {
  return base::fail(Code::invalid, fmt::format("the key '{}' stands twice in an object", key));
}

// The functions below take a document that is one scalar, or a value within one: these have the
// same members, but no common type.
template <class Element>
base::Result<Cell> number(Element& element) {
  TRY(const std::string_view token,
      checked(simdjson::simdjson_result<std::string_view>(element.raw_json_token())));
  if (token.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    if (!element.get_int64().get(integer)) return Cell::of(integer);
    std::uint64_t natural = 0;
    if (!element.get_uint64().get(natural)) return Cell::of(natural);
  }
  double real = 0;
  if (element.get_double().get(real)) {
    return base::fail(Code::invalid,
                      "not a number as JSON writes it, or one beyond the range of a double");
  }
  return Cell::of(real);
}

base::Result<Value> tree(ondemand::value element, std::size_t depth);

template <class Element>
base::Result<Value> list(Element& element, std::size_t depth) {
  TRY(ondemand::array array, checked(element.get_array()));
  List items;
  for (auto item : array) {
    TRY(ondemand::value inner, checked(simdjson::simdjson_result<ondemand::value>(item)));
    TRY(Value value, tree(inner, depth));
    items.push_back(std::move(value));
  }
  return Value(std::move(items));
}

template <class Element>
base::Result<Value> map(Element& element, std::size_t depth) {
  TRY(ondemand::object object, checked(element.get_object()));
  Map members;
  std::set<std::string, std::less<>> seen;
  for (auto field : object) {
    TRY(const std::string_view key, checked(field.unescaped_key()));
    const auto [name, fresh] = seen.emplace(key);
    if (!fresh) return twice(key);
    TRY(ondemand::value inner, checked(field.value()));
    TRY(Value value, tree(inner, depth));
    members.emplace_back(*name, std::move(value));
  }
  return Value(std::move(members));
}

// `depth`: how many objects and lists the element stands in.
template <class Element>
base::Result<Cell> cell(Element& element, std::size_t depth) {
  TRY(const ondemand::json_type type, checked(element.type()));
  const bool nests = type == ondemand::json_type::array || type == ondemand::json_type::object;
  if (nests && depth >= kJsonDepthMax) return failure(simdjson::DEPTH_ERROR);
  switch (type) {
    case ondemand::json_type::array: {
      TRY(Value value, list(element, depth + 1));
      return Cell::of(std::move(value));
    }
    case ondemand::json_type::object: {
      TRY(Value value, map(element, depth + 1));
      return Cell::of(std::move(value));
    }
    case ondemand::json_type::string: {
      TRY(const std::string_view text, checked(element.get_string()));
      return Cell::of(text);
    }
    case ondemand::json_type::boolean: {
      TRY(const bool flag, checked(element.get_bool()));
      return Cell::of(flag);
    }
    case ondemand::json_type::number: return number(element);
    case ondemand::json_type::null: {
      TRY(const bool null, checked(simdjson::simdjson_result<bool>(element.is_null())));
      if (!null) return not_json();
      return Cell::null();
    }
  }
  return not_json();
}

base::Result<Value> tree(ondemand::value element, std::size_t depth) {
  TRY(Cell one, cell(element, depth));
  return std::move(one).value();
}

bool at_end(ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

base::Error at_offset(std::string_view text, std::size_t offset, base::Error error) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  error.message = fmt::format("{}:{}: {}", line, before.size() - line_begin + 1, error.message);
  return error;
}

base::Result<Value> read_document(ondemand::document& document) {
  TRY(Cell root, cell(document, 0));
  if (!at_end(document)) return failure(simdjson::TRAILING_CONTENT);
  return std::move(root).value();
}

base::Result<> read_object(ondemand::document& document, Row& row) {
  TRY(const ondemand::json_type type, checked(document.type()));
  if (type != ondemand::json_type::object)
    return base::fail(Code::wrong_type, "a value that is no object; expected {…}");
  TRY(ondemand::object object, checked(document.get_object()));
  for (auto field : object) {
    TRY(const std::string_view key, checked(field.unescaped_key()));
    const std::size_t slot = row.slot(key);
    TRY(ondemand::value inner, checked(field.value()));
    TRY(Cell value, cell(inner, 1));
    if (slot == Row::kNone) continue;
    if (!row.put(slot, std::move(value))) return twice(row.name(slot));
  }
  if (!at_end(document)) return failure(simdjson::TRAILING_CONTENT);
  return {};
}

}  // namespace

base::Result<Value> parse_json(std::string_view text) {
  if (text.size() > kJsonBytesMax) {
    return base::fail(Code::limit, fmt::format("JSON of {} bytes; at most {} are read", text.size(),
                                               kJsonBytesMax));
  }
  ondemand::parser parser;
  const simdjson::padded_string padded(text);
  ondemand::document document;
  if (const auto code = parser.iterate(padded).get(document)) {
    // The parser's first stage does not say where.
    const std::size_t offset = base::invalid_utf8(text).value_or(text.size());
    return std::unexpected(at_offset(text, offset, failure(code).error()));
  }
  auto value = read_document(document);
  if (value) return value;
  const char* location = nullptr;
  std::size_t offset = text.size();
  if (!document.current_location().get(location))
    offset = static_cast<std::size_t>(location - padded.data());
  return std::unexpected(at_offset(text, offset, std::move(value.error())));
}

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

struct JsonObjectParser::Parser {
  ondemand::parser parser;
};

JsonObjectParser::JsonObjectParser() : parser_(std::make_unique<Parser>()) {}
JsonObjectParser::~JsonObjectParser() = default;

base::Result<> JsonObjectParser::parse(std::string_view text, Row& row) {
  ondemand::document document;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kJsonPadding);
  if (const auto code = parser_->parser.iterate(padded).get(document)) return failure(code);
  return read_object(document, row);
}

}  // namespace weir::data
