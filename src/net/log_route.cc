// Log lines over HTTP.
#include "net/log_route.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/json_writer.h"
#include "net/query_reader.h"

namespace weir::net {
namespace {

std::string_view name(base::Level level) {
  switch (level) {
    case base::Level::debug: return "debug";
    case base::Level::info: return "info";
    case base::Level::warning: return "warning";
    case base::Level::error: return "error";
  }
  return "error";
}

std::string to_json(const std::vector<base::LogLine>& lines, std::uint64_t newest) {
  data::JsonWriter json;
  json.begin_object().begin_list("lines");
  for (const base::LogLine& line : lines) {
    json.begin_object()
        .count("number", line.number)
        .time("time", line.time_ns)
        .text("level", name(line.level))
        .text("component", line.component)
        .text("text", line.text)
        .end();
  }
  json.end().count("newest", newest).end();
  return std::move(json).take();
}

}  // namespace

Route log_route(const base::RecentLog& log) {
  const auto handle = [&log](const Request& request) -> base::Result<Response> {
    QueryReader query(request);
    const std::size_t limit = query.count("limit", kLogLinesMax).value_or(kLogLinesMax);
    const auto after = query.count("after", std::numeric_limits<std::int64_t>::max());
    TRY_DO(query.finish());
    const std::uint64_t newest = log.newest();
    const std::uint64_t from = after.value_or(newest - std::min<std::uint64_t>(newest, limit));
    const std::vector<base::LogLine> lines = log.after(from, limit);
    return Response{
        .body = to_json(lines, lines.empty() ? newest : std::max(newest, lines.back().number))};
  };
  return {.method = Method::get, .pattern = "/api/v1/log", .handle = handle};
}

}  // namespace weir::net
