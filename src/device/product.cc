// Products, from YAML.
#include "device/product.h"

#include <algorithm>
#include <array>

#include "data/yaml_map.h"

namespace weir::device {

using base::Code;
using data::Diagnostics;
using data::Node;
using data::YamlMap;
using data::YamlMember;

namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {
    "bool",     "int64",   "float64",        "string", "bytes",  "timestamp",
    "duration", "list<T>", "struct<name:T>", "value",  "stream", "region"};

// The members of a map from names to maps: properties, actions …
template <class Read>
void each_member(YamlMap& product, std::string_view key, std::string_view what,
                 std::string_view file, Diagnostics& diagnostics, Read read) {
  const Node* map = product.take(key);
  if (map == nullptr) return;
  if (!map->is_mapping()) {
    diagnostics.add(file, map->position(), Code::wrong_type,
                    "'" + std::string(key) + "' is " + describe(*map) +
                        ", expected a map from names to what each is");
  }
  if (map->members().size() > kMembersMax) {
    diagnostics.add(file, map->position(), Code::limit,
                    "'" + std::string(key) + "' has " + std::to_string(map->members().size()) +
                        " members, expected at most " + std::to_string(kMembersMax));
    return;
  }
  for (const YamlMember& member : map->members()) {
    if (!data::valid_identifier(member.key)) {
      diagnostics.add(file, member.position, Code::invalid,
                      "'" + member.key + "' is no name of " + std::string(what) + ", expected " +
                          std::string(data::kIdentifierExpected));
      continue;
    }
    YamlMap fields(member.value, std::string(what) + " '" + member.key + "'", file, diagnostics);
    read(member.key, fields);
    fields.finish();
  }
}

// A type by its name; reports what is none, and the form that cannot stand here.
std::optional<ValueType> read_type(const Node* node, ValueType::Form refused, std::string_view file,
                                   Diagnostics& diagnostics) {
  if (node == nullptr) return std::nullopt;
  const auto type = node->is_scalar() ? parse_value_type(node->text()) : std::nullopt;
  if (type && (type->form == ValueType::Form::value || type->form != refused)) return type;
  std::vector<std::string_view> names(kTypeNames.begin(), kTypeNames.end());
  std::erase(names, ValueType{.form = refused}.name());
  diagnostics.add(file, node->position(), type ? Code::wrong_type : Code::unknown_name,
                  "the type is " + describe(*node) + data::suggestion(node->text(), names) +
                      ", expected " + data::alternatives(names));
  return std::nullopt;
}

// Nothing keeps what derives from such a property on the node yet; who asks for it must know.
void refuse_sensitive(std::string_view property, YamlMap& fields, std::string_view file,
                      Diagnostics& diagnostics) {
  if (!fields.flag("sensitive").value_or(false)) return;
  diagnostics.add(file, fields.take("sensitive")->position(), Code::not_yet,
                  "property '" + std::string(property) +
                      "' is sensitive, which this version cannot keep to: what derives from it "
                      "would be sent like all else; expected false");
}

bool only_flows(const data::Type& type) {
  switch (type.kind()) {
    case data::Kind::image:
    case data::Kind::packet: return true;
    case data::Kind::list: return only_flows(type.element());
    case data::Kind::structure:
      return std::ranges::any_of(type.fields(),
                                 [](const data::Field& field) { return only_flows(field.type); });
    default: return false;
  }
}

template <class T>
const T* named(const std::vector<T>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string ValueType::name() const {
  switch (form) {
    case Form::stream: return "stream";
    case Form::region: return "region";
    case Form::value: break;
  }
  return type.name();
}

std::optional<ValueType> parse_value_type(std::string_view name) {
  if (name == "stream") return ValueType{.form = ValueType::Form::stream};
  if (name == "region") return ValueType{.form = ValueType::Form::region};
  auto type = data::parse_type(name);
  if (!type || only_flows(*type)) return std::nullopt;
  return ValueType{.type = *std::move(type)};
}

const Property* Product::property(std::string_view name) const {
  return named(properties, name);
}
const Attribute* Product::attribute(std::string_view name) const {
  return named(attributes, name);
}

std::optional<Product> parse_product(const Node& document, std::string_view file,
                                     Diagnostics& diagnostics) {
  YamlMap map(document, "a Product", file, diagnostics);
  map.know("kind");
  const auto name = map.required_name("name");
  Product product{.name = name.value_or(""),
                  .description = map.text("description").value_or(""),
                  .file = std::string(file),
                  .position = document.position()};
  const auto type_of = [&](const Node* node, ValueType::Form refused) {
    return read_type(node, refused, file, diagnostics);
  };
  using enum ValueType::Form;
  each_member(map, "properties", "property", file, diagnostics,
              [&](const std::string& key, YamlMap& fields) {
                Property property{.name = key};
                property.type = type_of(fields.require("type"), region).value_or(ValueType{});
                property.unit = fields.text("unit").value_or("");
                refuse_sensitive(key, fields, file, diagnostics);
                property.description = fields.text("description").value_or("");
                product.properties.push_back(std::move(property));
              });
  each_member(
      map, "actions", "action", file, diagnostics, [&](const std::string& key, YamlMap& fields) {
        product.actions.push_back(
            {key, type_of(fields.take("input"), stream), fields.text("description").value_or("")});
      });
  each_member(
      map, "events", "event", file, diagnostics, [&](const std::string& key, YamlMap& fields) {
        product.events.push_back(
            {key, type_of(fields.take("data"), stream), fields.text("description").value_or("")});
      });
  each_member(map, "attributes", "attribute", file, diagnostics,
              [&](const std::string& key, YamlMap& fields) {
                Attribute attribute{.name = key};
                attribute.type = type_of(fields.require("type"), stream).value_or(ValueType{});
                attribute.unit = fields.text("unit").value_or("");
                attribute.description = fields.text("description").value_or("");
                product.attributes.push_back(std::move(attribute));
              });
  map.finish();
  if (!name) return std::nullopt;
  return product;
}

}  // namespace weir::device
