// Results over REST.
#include <limits>
#include <utility>

#include "data/json_writer.h"
#include "hub/routes.h"
#include "net/query_reader.h"

namespace weir::hub {

using base::Code;
using base::Result;
using net::Request;
using net::Response;

namespace {

constexpr std::size_t kResultListDefault = 100;

Result<ResultFilter> result_filter(const Request& request) {
  net::QueryReader query(request);
  ResultFilter filter{.node = query.text("node"),
                      .of = {},
                      .since_ns = query.time_ns("since"),
                      .until_ns = query.time_ns("until")};
  const auto of = query.text("class");
  filter.before = query.count("after", std::numeric_limits<std::int64_t>::max());
  filter.limit = query.count("limit", kResultListMax).value_or(kResultListDefault);
  TRY_DO(query.finish());
  if (filter.limit == 0) return base::fail(Code::invalid, "'limit' is 0, expected at least 1");
  if (!of) return filter;
  if (*of != "result" && *of != "bulk") {
    return base::fail(Code::invalid, "'class' of the query is '" + std::string(of->substr(0, 64)) +
                                         "', expected result or bulk");
  }
  TRY(filter.of, link::parse_class(*of));
  return filter;
}

Result<Response> list(const Results& results, const Request& request) {
  TRY(const ResultFilter filter, result_filter(request));
  TRY(const ResultPage page, results.list(filter));
  data::JsonWriter json;
  json.begin_object().begin_list("items");
  for (const StoredResult& result : page.results) {
    json.begin_object()
        .number("number", result.number)
        .text("node", result.node)
        .text("id", result.id)
        .text("class", link::name(result.of))
        .time("time", result.time_ns)
        .time("received", result.received_ns)
        .raw("record", result.body)
        .end();
  }
  json.end();
  if (page.next != 0) json.number("next", page.next);
  json.end();
  return Response{.body = std::move(json).take()};
}

}  // namespace

std::vector<net::Route> result_routes(const Results& results) {
  return {{net::Method::get, "/api/v1/results",
           [&results](const Request& request) { return list(results, request); }}};
}

}  // namespace weir::hub
