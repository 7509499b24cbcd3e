// Reading values for parameters.
#include "contract/param.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "data/yaml_map.h"
#include "expr/parser.h"

namespace weir::contract {

using base::Code;
using base::fail;
using base::Result;
using data::Kind;
using data::Value;

namespace {

std::string bound(const Param& param, double value) {
  constexpr double kSecond = 1e9;
  if (param.type == Type::duration) {
    return base::format_duration(std::llround(value * kSecond));
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text + (param.unit.empty() ? "" : " " + std::string(param.unit));
}

double magnitude(const Value& value) {
  if (const auto* v = value.get<std::int64_t>()) return static_cast<double>(*v);
  if (const auto* v = value.get<double>()) return *v;
  constexpr double kSecond = 1e9;
  const auto* duration = value.get<data::Duration>();
  CHECK(duration != nullptr);
  return static_cast<double>(duration->ns) / kSecond;
}

Result<> check_bounds(const Param& param, const Value& value) {
  const double number = magnitude(value);
  if (number < param.bounds.min) {
    return fail(Code::range, "expected at least " + bound(param, param.bounds.min) + ", found " +
                                 bound(param, number));
  }
  if (number > param.bounds.max) {
    return fail(Code::range, "expected at most " + bound(param, param.bounds.max) + ", found " +
                                 bound(param, number));
  }
  return {};
}

Result<> check_choice(const Param& param, const std::string& text) {
  if (std::ranges::find(param.choices, text) != param.choices.end()) return {};
  return fail(Code::unknown_name, "expected " + data::alternatives(param.choices) + ", found '" +
                                      text + "'" + data::suggestion(text, param.choices));
}

// identifier {"." identifier}: a column may belong to a step's slot or `as`.
Result<> check_column(const std::string& text) {
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = rest.find('.');
    if (!data::valid_identifier(rest.substr(0, dot))) {
      return fail(Code::invalid,
                  "expected a column's name, such as temperature or "
                  "intrusion.score, found '" +
                      text + "'");
    }
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
}

Result<> check_expression(const std::string& text) {
  const auto syntax = expr::parse(text);
  if (syntax) return {};
  return fail(syntax.error().code, "not an expression: " + syntax.error().message);
}

Result<> check_filled(const std::string& text, std::string_view what) {
  if (!text.empty()) return {};
  return fail(Code::missing, "expected " + std::string(what) + ", found an empty text");
}

}  // namespace

const Param* find_param(const Contract& contract, std::string_view name) {
  const auto found = std::ranges::find(contract.params, name, &Param::name);
  return found == contract.params.end() ? nullptr : &*found;
}

device::ValueType value_type(Type type) {
  const auto plain = [](Kind kind) { return device::ValueType{.type = data::Type(kind)}; };
  switch (type) {
    case Type::boolean: return plain(Kind::boolean);
    case Type::integer: return plain(Kind::int64);
    case Type::number: return plain(Kind::float64);
    case Type::duration: return plain(Kind::duration);
    case Type::region: return {.form = device::ValueType::Form::region};
    case Type::names: return {.type = data::Type::list(Kind::string)};
    case Type::text:
    case Type::choice:
    case Type::column:
    case Type::expression:
    case Type::model:
    case Type::path: break;
  }
  return plain(Kind::string);
}

Result<Value> read_param(const Param& param, const Value& written) {
  TRY(Value value, device::read_value(value_type(param.type), written));
  const auto* text = value.get<std::string>();
  switch (param.type) {
    case Type::integer:
    case Type::number:
    case Type::duration: TRY_DO(check_bounds(param, value)); break;
    case Type::choice: TRY_DO(check_choice(param, *text)); break;
    case Type::column: TRY_DO(check_column(*text)); break;
    case Type::expression: TRY_DO(check_expression(*text)); break;
    case Type::model: TRY_DO(check_filled(*text, "a model's folder")); break;
    case Type::path: TRY_DO(check_filled(*text, "a path")); break;
    case Type::boolean:
    case Type::text:
    case Type::region:
    case Type::names: break;
  }
  return value;
}

Value default_value(const Param& param) {
  return param.initial(param);
}

}  // namespace weir::contract
