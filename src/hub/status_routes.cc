// How the hub is, over REST.
#include <utility>

#include "data/json_writer.h"
#include "hub/routes.h"

namespace weir::hub {

using net::Method;
using net::Request;
using net::Response;

namespace {

Response health(const Status& status) {
  const std::string trouble = status.trouble();
  if (!trouble.empty()) return net::problem(503, "Not healthy", trouble);
  data::JsonWriter json;
  json.begin_object().text("status", "ok").end();
  return {.body = std::move(json).take()};
}

}  // namespace

std::vector<net::Route> status_routes(const std::function<Status()>& status) {
  return {
      {Method::get, "/healthz", [status](const Request&) { return health(status()); }},
      {Method::get, "/metrics", [status](const Request&) { return status_metrics(status()); }},
      {Method::get, "/api/v1/status",
       [status](const Request&) { return Response{.body = status_json(status())}; }},
  };
}

}  // namespace weir::hub
