// What each parameter of a step is.
#include "contract/resolve.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "contract/rule.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using data::Diagnostics;
using data::Value;

namespace {

class Resolver {
 public:
  Resolver(const Contract& contract, const Step& step, const Filling& filling,
           Diagnostics& diagnostics)
      : contract_(contract), step_(step), filling_(filling), diagnostics_(diagnostics) {}

  std::vector<Resolved> resolve();

 private:
  void fail(data::Position position, Code code, std::string message) {
    diagnostics_.add(step_.file, position, code, std::move(message));
  }
  std::string called(const Param& param) const {
    return "'" + std::string(param.name) + "' of '" + std::string(contract_.name) + "'";
  }

  void refuse_unknown();
  Resolved one(const Param& param);
  Resolved literal(const Param& param, const Argument& argument);
  Resolved slot(const Param& param, const Argument& argument);
  Resolved attribute(const Param& param, const Argument& argument);
  Resolved read(const Param& param, const Argument& argument, const Value& written,
                const std::string& whence);
  void check_rules(const std::vector<Resolved>& resolved);

  const Contract& contract_;
  const Step& step_;
  const Filling& filling_;
  Diagnostics& diagnostics_;
};

std::vector<Resolved> Resolver::resolve() {
  const std::size_t before = diagnostics_.size();
  refuse_unknown();
  std::vector<Resolved> resolved;
  for (const Param& param : contract_.params) resolved.push_back(one(param));
  if (diagnostics_.size() == before) check_rules(resolved);
  return resolved;
}

void Resolver::refuse_unknown() {
  std::vector<std::string_view> known;
  for (const Param& param : contract_.params) known.push_back(param.name);
  for (const Argument& argument : step_.arguments) {
    if (find_param(contract_, argument.name) != nullptr) continue;
    fail(argument.name_position, Code::unknown_name,
         "'" + std::string(contract_.name) + "' has no parameter '" + argument.name + "'" +
             data::suggestion(argument.name, known) + ", expected " +
             (known.empty() ? "none" : data::alternatives(known)));
  }
}

Resolved Resolver::one(const Param& param) {
  const Argument* argument = step_.argument(param.name);
  if (argument == nullptr) {
    if (param.required) {
      fail(step_.position, Code::missing,
           "'" + std::string(contract_.name) + "' has no '" + std::string(param.name) +
               "', expected " + data::with_article(name(param.type)) + ": " +
               std::string(param.summary));
    }
    return {Resolved::Origin::initial, default_value(param)};
  }
  switch (kind_of(param, *argument)) {
    case Argument::Kind::slot: return slot(param, *argument);
    case Argument::Kind::attribute: return attribute(param, *argument);
    case Argument::Kind::literal: break;
  }
  return literal(param, *argument);
}

Resolved Resolver::literal(const Param& param, const Argument& argument) {
  auto value = data::to_value(argument.value);
  if (!value) {
    fail(argument.value.position(), value.error().code,
         called(param) + ": an integer beyond 64 bits, expected a smaller one");
    return {Resolved::Origin::given};
  }
  if (const auto* text = value->get<std::string>()) {
    if (text->starts_with("$$")) value = Value(text->substr(1));
    if (param.type == Type::model && !text->empty()) value = Value(beside(step_.file, *text));
  }
  return read(param, argument, *value, "");
}

Resolved Resolver::slot(const Param& param, const Argument& argument) {
  if (filling_.slots == nullptr) return {Resolved::Origin::unknown};
  const auto found = filling_.slots->find(argument.reference);
  if (found != filling_.slots->end()) {
    return read(param, argument, found->second, "slot '" + argument.reference + "' for ");
  }
  fail(argument.value.position(), Code::missing,
       "nothing fills slot '" + argument.reference + "', expected a value for " + called(param));
  return {Resolved::Origin::unknown};
}

Resolved Resolver::attribute(const Param& param, const Argument& argument) {
  if (!param.per_device) {
    fail(argument.value.position(), Code::conflict,
         called(param) + " is the same for all devices, expected a value or a $slot, not '" +
             argument.value.text() + "'");
    return {Resolved::Origin::unknown};
  }
  if (filling_.device == nullptr) return {Resolved::Origin::unknown};
  const device::Device& device = *filling_.device;
  const device::Setting* setting = device::find(device.attributes, argument.reference);
  if (setting == nullptr) {
    fail(argument.value.position(), Code::missing,
         "device '" + device.name + "' gives no attribute '" + argument.reference +
             "', expected one for " + called(param));
    return {Resolved::Origin::unknown};
  }
  const auto value = data::to_value(setting->value);
  return read(param, argument, value ? *value : Value(),
              "attribute '" + argument.reference + "' of device '" + device.name + "' for ");
}

Resolved Resolver::read(const Param& param, const Argument& argument, const Value& written,
                        const std::string& whence) {
  auto value = read_param(param, written);
  if (value) return {Resolved::Origin::given, *std::move(value)};
  fail(argument.value.position(), value.error().code,
       whence + called(param) + ": " + value.error().message);
  return {Resolved::Origin::given};
}

void Resolver::check_rules(const std::vector<Resolved>& resolved) {
  std::vector<Value> values;
  for (const Resolved& item : resolved) values.push_back(item.value);
  const auto broken = broken_rules(contract_, values);
  if (!broken) {
    return fail(step_.position, Code::bug,
                "a rule of '" + std::string(contract_.name) +
                    "' cannot be asked: " + broken.error().message);
  }
  const std::string whose =
      filling_.device == nullptr ? "" : " for device '" + filling_.device->name + "'";
  for (const Rule* rule : *broken) {
    fail(step_.position, Code::conflict,
         "parameters of '" + std::string(contract_.name) + "' do not fit each other" + whose +
             ": " + std::string(rule->text) + " (" + std::string(rule->expression) + ")");
  }
}

}  // namespace

Argument::Kind kind_of(const Param& param, const Argument& argument) {
  const bool expression = param.type == Type::expression && !param.per_device;
  if (argument.kind == Argument::Kind::attribute && expression) return Argument::Kind::literal;
  return argument.kind;
}

std::vector<Resolved> resolve(const Contract& contract, const Step& step, const Filling& filling,
                              Diagnostics& diagnostics) {
  return Resolver(contract, step, filling, diagnostics).resolve();
}

}  // namespace weir::contract
