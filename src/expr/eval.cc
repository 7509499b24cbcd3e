// One expression over one row.
#include "expr/eval.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "data/json.h"
#include "expr/calendar.h"
#include "expr/checker.h"
#include "expr/parser.h"
#include "expr/rows.h"
#include "expr/types.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;
using data::Value;

void append(std::string& out, const Value& value);

void append_list(std::string& out, const data::List& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ", ";
    append(out, list[i]);
  }
  out += ']';
}

void append_map(std::string& out, const data::Map& map) {
  out += '[';
  for (std::size_t i = 0; i < map.size(); ++i) {
    out += i > 0 ? ", {\"key\": " : "{\"key\": ";
    append(out, map[i].first);
    out += ", \"value\": ";
    append(out, map[i].second);
    out += '}';
  }
  out += ']';
}

std::string base64(std::string_view bytes) {
  return base::encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void append_content(std::string& out, const Value& value) {
  switch (kind_of(value)) {
    case Kind::boolean: out += *value.get<bool>() ? "true" : "false"; return;
    case Kind::int64: out += std::to_string(*value.get<std::int64_t>()); return;
    case Kind::uint64: out += std::to_string(*value.get<std::uint64_t>()); return;
    case Kind::float64: data::append_json(out, value); return;
    case Kind::string: data::append_json_string(out, *value.get<std::string>()); return;
    case Kind::bytes: data::append_json_string(out, base64(value.get<data::Bytes>()->data)); return;
    case Kind::timestamp:
      data::append_json_string(out, format_cel_timestamp(value.get<data::Timestamp>()->ns));
      return;
    case Kind::duration:
      data::append_json_string(out, format_cel_duration(value.get<data::Duration>()->ns));
      return;
    case Kind::list: append_list(out, *value.get<data::List>()); return;
    case Kind::map: append_map(out, *value.get<data::Map>()); return;
    case Kind::type: data::append_json_string(out, *type_value_name(value)); return;
    default: out += "null";
  }
}

void append(std::string& out, const Value& value) {
  out.append("{\"type\": \"").append(name(kind_of(value))).append("\", \"value\": ");
  append_content(out, value);
  out += '}';
}

// What to call a variable's type before the expression runs: JSON says nothing of what lists and
// objects hold.
Type variable_type(const Value& value) {
  const Kind kind = kind_of(value);
  return kind == Kind::map || kind == Kind::list ? Type() : Type(kind);
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

Result<std::string> eval_json(std::string_view expression, std::string_view row_json) {
  Value row = data::Map();
  if (!row_json.empty()) {
    auto parsed = data::parse_json(row_json);
    if (!parsed) return base::fail(parsed.error().code, "the row: " + parsed.error().message);
    row = std::move(*parsed);
  }
  const auto* members = row.get<data::Map>();
  if (members == nullptr) {
    return base::fail(Code::wrong_type, "the row is a JSON " + std::string(row.type_name()) +
                                            ", expected an object whose members are the variables");
  }
  Scope scope{{}, "variable"};
  std::vector<Value> variables;
  for (const auto& [key, value] : *members) {
    scope.variables.push_back(
        {*key.get<std::string>(), variable_type(value), Node::Kind::variable, variables.size()});
    variables.push_back(value);
  }
  TRY(const Syntax syntax, parse(expression));
  TRY(const Node node, check(syntax, scope, Dialect::cel));
  TRY(const Value value, evaluate_row(node, Dialect::cel, {.variables = variables}));
  return to_json(value);
}

}  // namespace weir::expr
