// Documents as they are kept.
#include "resource/spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "data/diagnostic.h"
#include "data/json.h"

namespace weir::resource {

using base::Code;
using base::Result;
using data::List;
using data::Map;
using data::Node;
using data::Value;
using data::YamlMember;

namespace {

// How the reader of a document takes the scalars of a place: as the text that is written, or as
// values of a type.
enum class Reading : std::uint8_t { text, typed };

std::unexpected<base::Error> cannot_be_kept(const Node& node, std::string_view why) {
  return base::fail(Code::range, "'" + node.text() + "' " + std::string(why) + " (" +
                                     data::place("", node.position()) + ")");
}

Result<Value> scalar_of(const Node& node, Reading reading) {
  if (node.type_name() == "null") return Value();
  if (reading == Reading::text) return Value(node.text());
  auto value = data::to_value(node);
  if (!value) return cannot_be_kept(node, "does not fit into 64 bits");
  const double* number = value->get<double>();
  if (number != nullptr && !std::isfinite(*number)) {
    return cannot_be_kept(node, "is no number that can be kept");
  }
  return value;
}

Result<Value> value_of(const Node& node, Reading reading) {
  switch (node.kind()) {
    case Node::Kind::null: return Value();
    case Node::Kind::scalar: return scalar_of(node, reading);
    case Node::Kind::sequence: {
      List list;
      for (const Node& item : node.items()) {
        TRY(Value value, value_of(item, reading));
        list.push_back(std::move(value));
      }
      return Value(std::move(list));
    }
    case Node::Kind::mapping: break;
  }
  Map map;
  for (const YamlMember& member : node.members()) {
    // The one scalar of documents that is no text: of a product's property.
    const bool flag = member.key == "sensitive" && member.value.is_scalar();
    TRY(Value value, value_of(member.value, flag ? Reading::typed : reading));
    map.emplace_back(Value(member.key), std::move(value));
  }
  return Value(std::move(map));
}

Result<Value> step_of(const Node& step) {
  if (!step.is_mapping()) return value_of(step, Reading::text);
  Map map;
  for (const YamlMember& member : step.members()) {
    const bool connects = member.key == "id" || member.key == "from";
    TRY(Value value, value_of(member.value, connects ? Reading::text : Reading::typed));
    map.emplace_back(Value(member.key), std::move(value));
  }
  return Value(std::move(map));
}

Result<Value> steps_of(const Node& steps) {
  List list;
  for (const Node& step : steps.items()) {
    TRY(Value value, step_of(step));
    list.push_back(std::move(value));
  }
  return Value(std::move(list));
}

Result<Value> connect_of(const Node& connect) {
  Map map;
  for (const YamlMember& member : connect.members()) {
    if (member.key == "user" || member.key == "password") continue;  // kept sealed
    TRY(Value value, value_of(member.value, Reading::typed));
    map.emplace_back(Value(member.key), std::move(value));
  }
  return Value(std::move(map));
}

Result<Value> member_of(const YamlMember& member, Kind kind) {
  const auto is = [&](Kind wanted, std::string_view key) {
    return kind == wanted && member.key == key;
  };
  if (is(Kind::device, "connect")) return connect_of(member.value);
  if (is(Kind::pipeline, "steps")) return steps_of(member.value);
  const bool typed =
      is(Kind::device, "bind") || is(Kind::device, "attributes") || is(Kind::deployment, "values");
  return value_of(member.value, typed ? Reading::typed : Reading::text);
}

void append_canonical(std::string& out, const Value& value) {
  if (const List* list = value.get<List>()) {
    out += '[';
    for (const Value& item : *list) {
      append_canonical(out, item);
      out += ',';
    }
    out += ']';
  } else if (const Map* map = value.get<Map>()) {
    std::vector<std::pair<std::string_view, const Value*>> members;
    for (const auto& [key, item] : *map) members.emplace_back(*key.get<std::string>(), &item);
    std::ranges::sort(members, {}, [](const auto& member) { return member.first; });
    out += '{';
    for (const auto& [key, item] : members) {
      data::append_json_string(out, key);
      out += ':';
      append_canonical(out, *item);
      out += ',';
    }
    out += '}';
  } else {
    data::append_json(out, value);
  }
}

}  // namespace

std::size_t expanded_bytes(const Node& node) {
  std::size_t bytes = node.text().size() + 1;
  for (const Node& item : node.items()) bytes += expanded_bytes(item);
  for (const YamlMember& member : node.members()) {
    bytes += member.key.size() + expanded_bytes(member.value);
  }
  return bytes;
}

Result<Value> spec_of(const Node& document, Kind kind) {
  Map map;
  for (const YamlMember& member : document.members()) {
    if (kind == Kind::model && member.key == "folder") continue;  // the sender's
    if (member.value.type_name() == "null") continue;             // as if it were absent
    TRY(Value value, member_of(member, kind));
    map.emplace_back(Value(member.key), std::move(value));
  }
  return Value(std::move(map));
}

Value with_member(const Value& map, std::string_view key, Value value) {
  Map out = *map.get<Map>();
  const auto found = std::ranges::find_if(
      out, [&](const auto& member) { return *member.first.template get<std::string>() == key; });
  if (found == out.end()) {
    out.emplace_back(Value(key), std::move(value));
  } else {
    found->second = std::move(value);
  }
  return Value(std::move(out));
}

std::string write_spec(const Value& spec) {
  std::string out;
  data::append_json(out, spec);
  return out;
}

std::string canonical(const Value& spec) {
  std::string out;
  append_canonical(out, spec);
  return out;
}

}  // namespace weir::resource
