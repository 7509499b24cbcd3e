// The columns of records never seen before.
#include "data/schema_guess.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace weir::data {

using base::Code;

namespace {

// Whether a whole number, all digits, is the same as a float64.
bool exact_in_float64(std::string_view text) {
  const auto real = float64_of(text);
  return real && fmt::format("{:.0f}", *real) == text;
}

}  // namespace

void TypeGuess::merge(Kind kind) {
  if (!kind_ || *kind_ == kind) {
    kind_ = kind;
    return;
  }
  const auto both = [&](Kind a, Kind b) {
    return (*kind_ == a && kind == b) || (*kind_ == b && kind == a);
  };
  if (both(Kind::int64, Kind::float64)) {
    kind_ = Kind::float64;
  } else if (both(Kind::timestamp, Kind::string)) {
    kind_ = Kind::string;
  } else {
    kind_ = Kind::value;
  }
}

void TypeGuess::add(const Value& value) {
  if (value.is_null()) return;
  ++count_;
  if (const List* list = value.get<List>()) {
    merge(Kind::list);
    if (children_.empty()) children_.emplace_back();
    if (*kind_ == Kind::list) {
      for (const Value& item : *list) children_.front().second.add(item);
    }
  } else if (const Map* map = value.get<Map>()) {
    merge(map->size() > kRecordFieldsMax ? Kind::value : Kind::structure);
    if (*kind_ != Kind::structure) return;
    for (const auto& [key, member] : *map) {
      const std::string& name = *key.get<std::string>();
      auto found = std::ranges::find(
          children_, name, [](const auto& child) -> const std::string& { return child.first; });
      if (found == children_.end()) found = children_.insert(found, {name, TypeGuess()});
      found->second.add(member);
    }
    if (children_.size() > kRecordFieldsMax) kind_ = Kind::value;
  } else if (const auto* text = value.get<std::string>()) {
    merge(base::parse_rfc3339_ns(*text) ? Kind::timestamp : Kind::string);
    if (parse_time_ns(*text)) ++times_;
  } else if (value.get<bool>() != nullptr) {
    merge(Kind::boolean);
  } else if (value.get<std::int64_t>() != nullptr) {
    merge(Kind::int64);
  } else {
    merge(value.get<double>() != nullptr ? Kind::float64 : Kind::value);
  }
}

void TypeGuess::add_text(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool padded = digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' &&
                      digits[1] <= '9';  // 007 is a name
  ++count_;
  if (!padded && float64_of(text)) {
    const bool whole = digits.find_first_not_of("0123456789") == std::string_view::npos;
    merge(int64_of(text) ? Kind::int64 : Kind::float64);
    if (whole && !exact_in_float64(text)) digits_lost_ = true;
    if (text.find_first_of(".eE") != std::string_view::npos) fraction_ = true;
  } else if (!padded && boolean_of(text)) {
    merge(Kind::boolean);
  } else {
    const bool time = parse_time_ns(text).has_value();
    merge(time ? Kind::timestamp : Kind::string);
    if (time) ++times_;
  }
  if (*kind_ == Kind::value) kind_ = Kind::string;
}

Type TypeGuess::type(Type nothing_seen) const {
  if (!kind_) return nothing_seen;
  if (*kind_ == Kind::float64 && digits_lost_ && !fraction_) return Kind::string;
  if (*kind_ == Kind::list) return Type::list(children_.front().second.type(nothing_seen));
  if (*kind_ != Kind::structure) return *kind_;
  if (children_.empty()) return Kind::value;  // only {} was seen
  std::vector<Field> fields;
  for (const auto& [name, child] : children_) fields.push_back({name, child.type(nothing_seen)});
  return Type::structure(std::move(fields));
}

TypeGuess& SchemaGuess::field(std::string_view name) {
  const auto [found, fresh] = index_.emplace(name, fields_.size());
  if (fresh) fields_.emplace_back(name, TypeGuess());
  return fields_[found->second].second;
}

const TypeGuess* SchemaGuess::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &fields_[found->second].second;
}

std::string SchemaGuess::names() const {
  std::string out;
  for (const auto& [name, guess] : fields_) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string SchemaGuess::missing(const Schema& schema) const {
  std::string out;
  for (const Field& field : schema.fields()) {
    if (find(field.name) == nullptr) out += (out.empty() ? "" : ", ") + field.name;
  }
  return out;
}

base::Result<std::string> SchemaGuess::time_field(const RecordOptions& options) const {
  if (!options.time_column.empty()) {
    if (find(options.time_column) == nullptr) {
      return base::fail(Code::unknown_name,
                        fmt::format("no field '{}' to take the time from; the first rows have: {}",
                                    options.time_column, names()));
    }
    return options.time_column;
  }
  if (find(kTime) != nullptr) return std::string(kTime);
  const TypeGuess* timestamp = find("timestamp");
  if (timestamp != nullptr && timestamp->is_time()) return "timestamp";
  return std::string();
}

base::Result<SchemaRef> SchemaGuess::schema(const RecordOptions& options, std::string_view time,
                                            Type nothing_seen) const {
  if (options.schema != nullptr) {
    const auto seen = [this](const Field& field) { return find(field.name) != nullptr; };
    if (size() == 0 || options.schema->size() == 0 ||
        std::ranges::any_of(options.schema->fields(), seen)) {
      return options.schema;
    }
    return base::fail(Code::unknown_name, fmt::format("none of the columns {}; there are: {}",
                                                      options.schema->names(), names()));
  }
  std::vector<Field> fields;
  for (const auto& [name, guess] : fields_) {
    if (name == kTime || name == kDevice) continue;
    const bool is_time = !time.empty() && name == time;  // "" is a name, too
    fields.push_back({name, is_time ? Type(Kind::timestamp) : guess.type(nothing_seen)});
  }
  if (fields.size() > kRecordFieldsMax) {
    return base::fail(Code::limit, fmt::format("rows of {} fields; at most {} are read",
                                               fields.size(), kRecordFieldsMax));
  }
  return make_schema(std::move(fields));
}

}  // namespace weir::data
