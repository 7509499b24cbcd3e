// Types, fields and schemas.
#include "data/type.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace weir::data {
namespace {

constexpr std::size_t kTypeDepthMax = 32;
constexpr std::array<std::string_view, 12> kNames = {"bool",   "int64",     "float64",  "string",
                                                     "bytes",  "timestamp", "duration", "list",
                                                     "struct", "image",     "packet",   "value"};

// A reader of one type name, moving `rest` on.
std::optional<Type> read_type(std::string_view& rest, std::size_t depth);

std::optional<Type> read_structure(std::string_view& rest, std::size_t depth) {
  std::vector<Field> fields;
  do {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string name(rest.substr(0, colon));
    rest.remove_prefix(colon + 1);
    auto type = read_type(rest, depth + 1);
    if (!type) return std::nullopt;
    fields.push_back({std::move(name), *std::move(type)});
  } while (rest.starts_with(',') && (rest.remove_prefix(1), true));
  return Type::structure(std::move(fields));
}

std::optional<Type> read_type(std::string_view& rest, std::size_t depth) {
  if (depth > kTypeDepthMax) return std::nullopt;
  const std::size_t end = std::min(rest.find_first_of("<>,"), rest.size());
  const std::string_view name = rest.substr(0, end);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name != kNames[i]) continue;
    rest.remove_prefix(end);
    const auto kind = static_cast<Kind>(i);
    if (kind != Kind::list && kind != Kind::structure) return Type(kind);
    if (!rest.starts_with('<')) return std::nullopt;
    rest.remove_prefix(1);
    std::optional<Type> type;
    if (kind == Kind::structure) {
      type = read_structure(rest, depth);
    } else if (auto element = read_type(rest, depth + 1)) {
      type = Type::list(*std::move(element));
    }
    if (!type || !rest.starts_with('>')) return std::nullopt;
    rest.remove_prefix(1);
    return type;
  }
  return std::nullopt;
}

}  // namespace

Type Type::list(Type element) {
  Type type(Kind::list);
  type.children_ = std::make_shared<const std::vector<Field>>(1, Field{"item", std::move(element)});
  return type;
}

Type Type::structure(std::vector<Field> fields) {
  Type type(Kind::structure);
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

const Type& Type::element() const {
  CHECK(kind_ == Kind::list && children_ != nullptr);
  return children_->front().type;
}

std::span<const Field> Type::fields() const {
  CHECK(kind_ == Kind::structure && children_ != nullptr);
  return *children_;
}

std::string Type::name() const {
  std::string out(kNames[static_cast<std::size_t>(kind_)]);
  if (kind_ == Kind::list) return out + "<" + element().name() + ">";
  if (kind_ != Kind::structure) return out;
  char before = '<';
  for (const Field& field : fields()) {
    out += before;
    out += field.name + ":" + field.type.name();
    before = ',';
  }
  return out += ">";
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_) return false;
  return a.children_ == b.children_ ||
         (a.children_ != nullptr && b.children_ != nullptr && *a.children_ == *b.children_);
}

std::optional<Type> parse_type(std::string_view name) {
  auto type = read_type(name, 0);
  if (!name.empty()) return std::nullopt;
  return type;
}

Schema::Schema(std::vector<Field> fields) : fields_(std::move(fields)) {}

std::optional<std::size_t> Schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].name == name) return i;
  }
  return std::nullopt;
}

std::string Schema::names() const {
  std::string out;
  for (const Field& field : fields_) {
    if (!out.empty()) out += ", ";
    out += field.name;
  }
  return out;
}

SchemaRef make_schema(std::vector<Field> fields) {
  return std::make_shared<const Schema>(std::move(fields));
}

}  // namespace weir::data
