// Contracts as JSON, and the JSON Schema of the documents that use them.
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "contract/catalogue.h"
#include "contract/document.h"
#include "contract/param.h"

namespace weir::contract {
namespace {

using Json =
    nlohmann::ordered_json;  // members in the order they were put in: the same text each time

Json number_json(double number) {
  constexpr double kExact = 9007199254740992;  // 2^53: integers up to here are told as such
  if (number == std::floor(number) && std::abs(number) <= kExact) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

// As it is written in YAML: durations are text.
Json value_json(const data::Value& value) {
  if (const auto* v = value.get<bool>()) return *v;
  if (const auto* v = value.get<std::int64_t>()) return *v;
  if (const auto* v = value.get<double>()) return number_json(*v);
  if (const auto* v = value.get<std::string>()) return *v;
  if (const auto* v = value.get<data::Duration>()) return base::format_duration(v->ns);
  const auto* list = value.get<data::List>();
  CHECK(list != nullptr);  // no parameter has another type
  Json json = Json::array();
  for (const data::Value& item : *list) json.push_back(value_json(item));
  return json;
}

Json bounds_json(const Bounds& bounds) {
  Json json = Json::object();
  if (std::isfinite(bounds.min)) json["min"] = number_json(bounds.min);
  if (std::isfinite(bounds.max)) json["max"] = number_json(bounds.max);
  return json;
}

Json param_json(const Param& param) {
  Json json = {{"name", param.name}, {"summary", param.summary}, {"type", name(param.type)}};
  if (!param.unit.empty()) json["unit"] = param.unit;
  json["required"] = param.required;
  json["per_device"] = param.per_device;
  if (!param.required) json["default"] = value_json(default_value(param));
  json.update(bounds_json(param.bounds));
  if (!param.choices.empty()) json["choices"] = param.choices;
  return json;
}

Json port_json(const Port& port) {
  return {{"name", port.name},
          {"summary", port.summary},
          {"schema", port.schema},
          {"policy", port.policy == Policy::newest ? "newest" : "lossless"}};
}

template <class T, class Make>
Json array_json(std::span<const T> items, Make make) {
  Json json = Json::array();
  for (const T& item : items) json.push_back(make(item));
  return json;
}

Json contract_json(const Contract& contract) {
  constexpr std::array<std::string_view, 3> kStates = {"none", "keyed", "instant"};
  return {{"name", contract.name},
          {"group", group_name(contract.group)},
          {"summary", contract.summary},
          {"description", contract.description},
          {"since", contract.since},
          {"params", array_json(contract.params, param_json)},
          {"rules", array_json(contract.rules,
                               [](const Rule& rule) {
                                 return Json{{"expression", rule.expression}, {"text", rule.text}};
                               })},
          {"inputs", array_json(contract.inputs, port_json)},
          {"outputs", array_json(contract.outputs, port_json)},
          {"state",
           {{"kind", kStates[static_cast<std::size_t>(contract.state)]},
            {"note", contract.state_note}}},
          {"example", contract.example}};
}

// ---- JSON Schema ----

Json reference(std::string_view definition) {
  return {{"$ref", "#/$defs/" + std::string(definition)}};
}
Json any_of(std::initializer_list<Json> schemas) {
  return {{"anyOf", Json(schemas)}};
}
Json pattern(std::string_view text) {
  return {{"type", "string"}, {"pattern", text}};
}
Json array_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}
Json map_of(Json values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

Json object(Json properties, Json required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json numeric(std::string_view type, const Param& param) {
  Json json = {{"type", type}};
  if (std::isfinite(param.bounds.min)) json["minimum"] = number_json(param.bounds.min);
  if (std::isfinite(param.bounds.max)) json["maximum"] = number_json(param.bounds.max);
  return json;
}

Json literal_schema(const Param& param) {
  switch (param.type) {
    case Type::boolean: return {{"type", "boolean"}};
    case Type::integer: return numeric("integer", param);
    case Type::number: return numeric("number", param);
    case Type::duration: return reference("duration");
    case Type::choice: return {{"enum", param.choices}};
    case Type::column: return reference("column");
    case Type::region: return reference("region");
    case Type::names: return array_of({{"type", "string"}});
    case Type::text:
    case Type::expression:
    case Type::model:
    case Type::path: break;
  }
  return {{"type", "string"}};
}

Json param_schema(const Param& param) {
  Json json = literal_schema(param);
  const bool any_text = json == Json{{"type", "string"}};
  if (!any_text) json = any_of({json, reference("slot")});
  if (param.per_device && !any_text) json["anyOf"].push_back(reference("attribute"));
  json["description"] = param.summary;
  if (!param.required) json["default"] = value_json(default_value(param));
  return json;
}

Json operator_schema(const Contract& contract) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Param& param : contract.params) {
    properties[std::string(param.name)] = param_schema(param);
    if (param.required) required.push_back(param.name);
  }
  const bool bare = required.empty();
  Json json = object(std::move(properties), std::move(required));
  if (bare) json["type"] = {"object", "null"};
  json["description"] = contract.summary;
  return json;
}

Json step_schema(const Catalogue& catalogue) {
  Json bare = Json::array();
  Json one = Json::array();
  Json properties = {{"id", reference("name")}, {"from", reference("from")}};
  for (const Contract* contract : catalogue.contracts()) {
    const std::string name(contract->name);
    if (std::ranges::none_of(contract->params, &Param::required)) bare.push_back(name);
    properties[name] = operator_schema(*contract);
    one.push_back({{"required", {name}}});
  }
  Json map = object(std::move(properties), Json::array());
  map["oneOf"] = std::move(one);
  return any_of({{{"enum", std::move(bare)}}, std::move(map)});
}

// `kind` and `name`, which all documents have, and `more`.
Json document_schema(std::string_view kind, const Json& more,
                     std::initializer_list<Json> required) {
  Json properties = {{"kind", {{"const", kind}}},
                     {"name", reference("name")},
                     {"description", {{"type", "string"}}}};
  properties.update(more);
  Json names = {"kind", "name"};
  for (const Json& name : required) names.push_back(name);
  return object(std::move(properties), std::move(names));
}

Json shared_definitions() {
  const Json fraction = {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  Json point = array_of(fraction);
  point["minItems"] = point["maxItems"] = 2;
  Json polygon = array_of(point);
  polygon["minItems"] = 3;
  polygon["maxItems"] = device::kRegionPointsMax;
  const Json rectangle =
      object({{"x", fraction}, {"y", fraction}, {"width", fraction}, {"height", fraction}},
             {"x", "y", "width", "height"});
  const Json names = any_of({reference("name"), array_of(reference("name"))});
  const Json selector = any_of({names, object({{"product", reference("name")}}, {"product"}),
                                object({{"device", names}}, {"device"})});
  const Json feed = pattern("^[A-Za-z0-9][A-Za-z0-9_-]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$");
  return {{"name", pattern("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")},
          {"column", pattern("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$")},
          {"slot", pattern("^\\$[A-Za-z_][A-Za-z0-9_]{0,62}$")},
          {"attribute", pattern("^device\\.[A-Za-z_][A-Za-z0-9_]{0,62}$")},
          {"duration", pattern("^[+-]?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$")},
          {"region", any_of({polygon, rectangle})},
          {"selector", selector},
          {"feed", feed},
          {"from",
           any_of({reference("feed"), array_of(reference("feed")), map_of(reference("feed"))})}};
}

Json product_schema() {
  const Json text = {{"type", "string"}};
  const auto members = [&](Json properties, Json required) {
    properties["description"] = text;
    return map_of(object(std::move(properties), std::move(required)));
  };
  return document_schema(
      "Product",
      {{"properties",
        members({{"type", text}, {"unit", text}, {"sensitive", {{"type", "boolean"}}}}, {"type"})},
       {"actions", members({{"input", text}}, Json::array())},
       {"events", members({{"data", text}}, Json::array())},
       {"attributes", members({{"type", text}, {"unit", text}}, {"type"})}},
      {});
}

Json device_schema() {
  const Json any = true;
  return document_schema("Device",
                         {{"product", any_of({reference("name"), array_of(reference("name"))})},
                          {"driver", reference("name")},
                          {"connect", map_of(any)},
                          {"bind", map_of(any)},
                          {"attributes", map_of(any)}},
                         {"product", "driver"});
}

Json pipeline_schema() {
  Json steps = array_of(reference("step"));
  steps["minItems"] = 1;
  steps["maxItems"] = kStepsMax;
  return document_schema(
      "Pipeline", {{"version", {{"type", {"string", "number"}}}}, {"steps", steps}}, {"steps"});
}

Json deployment_schema() {
  return document_schema(
      "Deployment",
      {{"pipeline", reference("name")},
       {"devices", any_of({reference("selector"), map_of(reference("selector"))})},
       {"models", map_of({{"type", "string"}})},
       {"values", map_of(true)}},
      {"pipeline"});
}

Json model_schema() {
  const Json digest = pattern("^sha256:[0-9a-f]{64}$");
  Json files = map_of(digest);
  files["minProperties"] = 1;
  files["maxProperties"] = kModelFilesMax;
  return document_schema("Model",
                         {{"version", digest}, {"files", files}, {"folder", {{"type", "string"}}}},
                         {"version", "files"});
}

}  // namespace

std::string to_json(const Catalogue& catalogue) {
  Json operators = Json::array();
  for (const Contract* contract : catalogue.contracts()) {
    operators.push_back(contract_json(*contract));
  }
  return Json{{"operators", operators}}.dump(2) + "\n";
}

std::string to_json(const Contract& contract) {
  return contract_json(contract).dump(2) + "\n";
}

std::string json_schema(const Catalogue& catalogue) {
  Json definitions = shared_definitions();
  definitions["step"] = step_schema(catalogue);
  definitions["Product"] = product_schema();
  definitions["Device"] = device_schema();
  definitions["Pipeline"] = pipeline_schema();
  definitions["Deployment"] = deployment_schema();
  definitions["Model"] = model_schema();
  Json cases = Json::array();
  const Json kinds = {"Product", "Device", "Pipeline", "Deployment", "Model"};
  for (const Json& kind : kinds) {
    cases.push_back({{"if", {{"properties", {{"kind", {{"const", kind}}}}}}},
                     {"then", reference(kind.get<std::string>())}});
  }
  const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "Weir documents"},
                       {"type", "object"},
                       {"properties", {{"kind", {{"enum", kinds}}}}},
                       {"required", {"kind"}},
                       {"allOf", std::move(cases)},
                       {"$defs", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace weir::contract
