// What the readers of records have in common.
#include "data/records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace weir::data {
namespace {

// The part of `text` up to the first comma that stands in no type's brackets; moves `text` behind
// it.
std::string_view take_part(std::string_view& text) {
  int depth = 0;
  std::size_t at = 0;
  for (; at < text.size() && (text[at] != ',' || depth > 0); ++at) {
    if (text[at] == '<') ++depth;
    if (text[at] == '>') --depth;
  }
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return base::trimmed(part);
}

}  // namespace

base::Result<std::int64_t> parse_time_ns(std::string_view text) {
  if (auto ns = base::parse_rfc3339_ns(text)) return ns;
  if (auto ns = base::parse_rfc3339_ns(std::string(text) + "Z")) return ns;
  return base::fail(
      base::Code::invalid,
      fmt::format("'{}' is not a time; expected RFC 3339 {}, such as "
                  "2013-12-02T21:15:00Z, or without a zone (UTC), such as 2013-12-02 21:15:00",
                  text, base::kTimeRange));
}

base::Result<SchemaRef> parse_columns(std::string_view text) {
  std::vector<Field> fields;
  for (text = base::trimmed(text); !text.empty();) {
    const std::string_view part = take_part(text);
    const std::size_t colon = part.find(':');
    const std::string_view name = base::trimmed(part.substr(0, colon));
    if (colon == std::string_view::npos || name.empty()) {
      return base::fail(base::Code::invalid,
                        fmt::format("'{}' is not a column; expected name: type", part));
    }
    std::string type_name(base::trimmed(part.substr(colon + 1)));
    std::erase(type_name, ' ');
    const auto type = parse_type(type_name);
    if (!type || type->kind() == Kind::image || type->kind() == Kind::packet) {
      return base::fail(base::Code::unknown_name,
                        fmt::format("'{}' is not a type that a field can have; expected bool, "
                                    "int64, float64, string, bytes, "
                                    "timestamp, duration, list<…>, struct<name:…> or value",
                                    type_name));
    }
    if (name == "time" || name == "device") {
      return base::fail(
          base::Code::invalid,
          fmt::format("'{}' is the record's own and read as such: leave it out of the columns",
                      name));
    }
    for (const Field& other : fields) {
      if (other.name == name)
        return base::fail(base::Code::invalid, fmt::format("column '{}' stands twice", name));
    }
    fields.push_back({std::string(name), *type});
    if (fields.size() > kRecordFieldsMax) {
      return base::fail(base::Code::limit, fmt::format("more than {} columns", kRecordFieldsMax));
    }
  }
  return make_schema(std::move(fields));
}

}  // namespace weir::data
