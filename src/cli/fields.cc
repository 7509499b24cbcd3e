// Reading answers of a server.
#include "cli/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/output.h"
#include "data/json.h"

namespace weir::cli {
namespace {

const data::Value kNothing;

bool simple(const data::Value& value) {
  return value.get<data::Map>() == nullptr && value.get<data::List>() == nullptr;
}

// What stands on one line.
bool flat(const data::Value& value) {
  if (const auto* const list = value.get<data::List>()) return std::ranges::all_of(*list, simple);
  const auto* const map = value.get<data::Map>();
  return map == nullptr || map->empty();
}

std::string scalar(const data::Value& value) {
  if (const auto* const text = value.get<std::string>()) return *text;
  std::string out;
  data::append_json(out, value);
  return out;
}

// As a person may see it.
std::string shown(const data::Value& value) {
  return visible_in_line(scalar(value));
}

// " x" behind a key, or the members on lines of their own.
std::string below(const data::Value& value, std::size_t indent) {
  return flat(value) ? " " + shown(value) + "\n" : "\n" + tree(value, indent);
}

// Behind a dash, the first member on the dash's own line.
std::string item_of(const data::Value& value, std::size_t indent) {
  return flat(value) ? shown(value) + "\n" : tree(value, indent + 2).substr(indent + 2);
}

}  // namespace

std::string text_at(const data::Value& object, std::string_view key) {
  const data::Value* const found = object.find(key);
  return found == nullptr || found->is_null() ? "" : scalar(*found);
}

double number_at(const data::Value& object, std::string_view key) {
  const data::Value* const found = object.find(key);
  if (found == nullptr) return 0;
  if (const auto* const number = found->get<double>()) return *number;
  if (const auto* const number = found->get<std::uint64_t>()) return static_cast<double>(*number);
  const auto* const number = found->get<std::int64_t>();
  return number == nullptr ? 0 : static_cast<double>(*number);
}

const data::List& list_at(const data::Value& object, std::string_view key) {
  static const data::List kEmpty;
  const data::Value* const found = object.find(key);
  const auto* const list = found == nullptr ? nullptr : found->get<data::List>();
  return list == nullptr ? kEmpty : *list;
}

const data::Value& object_at(const data::Value& object, std::string_view key) {
  const data::Value* const found = object.find(key);
  return found == nullptr ? kNothing : *found;
}

std::string age(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000, kHour = 3600 * kSecond, kDay = 24 * kHour;
  const std::int64_t step = ns >= kDay ? kHour : ns >= kHour ? 60 * kSecond : kSecond;
  return base::format_duration(std::max<std::int64_t>(ns / step * step, 0));
}

std::string tree(const data::Value& value, std::size_t indent) {
  std::string out;
  if (const auto* const map = value.get<data::Map>()) {
    for (const auto& [key, member] : *map)
      out += fmt::format("{:{}}{}:{}", "", indent, shown(key), below(member, indent + 2));
  } else if (const auto* const list = value.get<data::List>()) {
    for (const data::Value& item : *list)
      out += fmt::format("{:{}}- {}", "", indent, item_of(item, indent));
  } else {
    out = std::string(indent, ' ') + shown(value) + "\n";
  }
  return out;
}

}  // namespace weir::cli
