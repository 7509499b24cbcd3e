// YAML nodes: access, and scalars typed by the core schema.
#include "data/yaml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "data/yaml_parser.h"

namespace weir::data {

using base::Code;

namespace {

std::string at(Position position, std::string_view message) {
  return to_string(Diagnostic{{}, position, Code::invalid, std::string(message)});
}

// ---- the core schema, YAML 1.2.2, clause 10.3.2 ----

bool one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, text) != names.end();
}

bool all_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

struct Integer {
  std::string_view digits;
  int radix = 10;
  bool negative = false;
};

std::optional<Integer> as_integer(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  if (text.starts_with("0o") && all_digits(text.substr(2), kHex.substr(0, 8))) {
    return Integer{text.substr(2), 8};
  }
  if (text.starts_with("0x") && all_digits(text.substr(2), kHex)) {
    return Integer{text.substr(2), 16};
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!all_digits(text, kHex.substr(0, 10))) return std::nullopt;
  return Integer{text, 10, negative};
}

std::optional<double> as_number(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (one_of(text, {".inf", ".Inf", ".INF"})) return negative ? -kInfinity : kInfinity;
  // from_chars also reads "inf" and "nan", which are strings here.
  if (text.empty() || std::string_view("0123456789.").find(text.front()) == text.npos) return {};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};  // 1e999 is no number
  return negative ? -value : value;
}

enum class Scalar : std::uint8_t { null, boolean, integer, number, string };

Scalar scalar_type(const Node& node) {
  const std::string& text = node.text();
  if (node.quoted()) return Scalar::string;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Scalar::null;
  if (one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return Scalar::boolean;
  if (as_integer(text)) return Scalar::integer;
  return as_number(text) ? Scalar::number : Scalar::string;
}

base::Result<Value> integer_value(const Node& node) {
  const Integer integer = *as_integer(node.text());
  const std::string text = (integer.negative ? "-" : "") + std::string(integer.digits);
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, integer.radix);
  if (error == std::errc()) return Value(value);
  return base::fail(Code::range, at(node.position(),
                                    "'" + node.text() +
                                        "' does not fit into 64 bits, expected a smaller integer"));
}

base::Result<Value> scalar_value(const Node& node) {
  switch (scalar_type(node)) {
    case Scalar::null: return Value();
    case Scalar::boolean: return Value((node.text()[0] | 0x20) == 't');
    case Scalar::integer: return integer_value(node);
    case Scalar::number: return Value(*as_number(node.text()));
    case Scalar::string: break;
  }
  return Value(node.text());
}

}  // namespace

Node::Node(Position position, std::shared_ptr<const Content> content)
    : position_(position), content_(std::move(content)) {}

Node::Kind Node::kind() const {
  return content_ == nullptr ? Kind::null : content_->kind;
}

const std::string& Node::text() const {
  static const std::string kNone;
  return content_ == nullptr ? kNone : content_->text;
}

bool Node::quoted() const {
  return content_ != nullptr && content_->quoted;
}

std::span<const Node> Node::items() const {
  if (content_ == nullptr) return {};
  return content_->items;
}

std::span<const YamlMember> Node::members() const {
  if (content_ == nullptr) return {};
  return content_->members;
}

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(members(), key, &YamlMember::key);
  return found == members().end() ? nullptr : &found->value;
}

std::string_view Node::type_name() const {
  switch (kind()) {
    case Kind::null: return "null";
    case Kind::sequence: return "list";
    case Kind::mapping: return "map";
    case Kind::scalar: break;
  }
  constexpr std::array<std::string_view, 5> kNames = {"null", "bool", "int64", "float64", "string"};
  return kNames[static_cast<std::size_t>(scalar_type(*this))];
}

std::vector<Node> parse_yaml(std::string_view text, std::string_view file,
                             Diagnostics& diagnostics) {
  YamlText read = read_yaml(text);
  if (read.mistake) {
    read.mistake->file = file;
    diagnostics.add(*std::move(read.mistake));
  }
  return std::move(read.documents);
}

base::Result<std::vector<Node>> parse_yaml(std::string_view text) {
  YamlText read = read_yaml(text);
  if (read.mistake) return base::fail(read.mistake->code, to_string(*read.mistake));
  return std::move(read.documents);
}

base::Result<Value> to_value(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null: return Value();
    case Node::Kind::scalar: return scalar_value(node);
    case Node::Kind::sequence: {
      List list;
      for (const Node& item : node.items()) {
        TRY(Value value, to_value(item));
        list.push_back(std::move(value));
      }
      return Value(std::move(list));
    }
    case Node::Kind::mapping: break;
  }
  Map map;
  for (const YamlMember& member : node.members()) {
    TRY(Value value, to_value(member.value));
    map.emplace_back(Value(member.key), std::move(value));
  }
  return Value(std::move(map));
}

}  // namespace weir::data
