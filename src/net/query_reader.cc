// Parameters of a query.
#include "net/query_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/text.h"
#include "data/yaml_map.h"

namespace weir::net {

using base::Code;

std::optional<std::string_view> QueryReader::text(std::string_view name) {
  taken_.push_back(name);
  return request_.parameter(name);
}

std::optional<std::uint64_t> QueryReader::count(std::string_view name, std::uint64_t max) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = value->data() + value->size();
  const auto parsed = std::from_chars(value->data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number <= max) return number;
  expect(name, *value, fmt::format("a whole number, at most {}", max));
  return std::nullopt;
}

std::optional<std::int64_t> QueryReader::time_ns(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto time = base::parse_rfc3339_ns(*value);
  if (time) return *time;
  expect(name, *value, "a time such as 2026-01-31T08:00:00Z");
  return std::nullopt;
}

std::optional<bool> QueryReader::flag(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value == "true" || *value == "false") return *value == "true";
  expect(name, *value, "true or false");
  return std::nullopt;
}

base::Result<> QueryReader::finish() {
  for (const auto& [name, value] : request_.query) {
    if (!mistake_.empty()) break;
    if (std::ranges::find(taken_, std::string_view(name)) != taken_.end()) continue;
    mistake_ =
        fmt::format("the query has no parameter '{}'{}", name, data::suggestion(name, taken_));
  }
  if (!mistake_.empty()) return base::fail(Code::invalid, mistake_);
  return {};
}

void QueryReader::expect(std::string_view name, std::string_view value, std::string_view expected) {
  if (!mistake_.empty()) return;
  mistake_ = fmt::format("'{}' of the query is '{}', expected {}", name, value, expected);
}

}  // namespace weir::net
