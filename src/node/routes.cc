// The routes of a node.
#include "node/routes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "data/json.h"
#include "link/blob_routes.h"
#include "net/log_route.h"
#include "node/health.h"
#include "node/metrics.h"
#include "resource/routes.h"

namespace weir::node {
namespace {

using net::Method;
using net::Request;
using net::Response;

Response json_response(data::Map map) {
  Response response;
  data::append_json(response.body, std::move(map));
  return response;
}

Response health(const std::string& data) {
  const auto writable = check_writable(data);
  if (!writable) return net::problem(503, "Not healthy", writable.error().message);
  return json_response({{"status", "ok"}});
}

}  // namespace

std::vector<net::Route> routes(const RouteSources& of) {
  std::vector<net::Route> out = resource::routes(of.resources);
  // Whoever reaches the loopback may upload, as it may apply.
  const auto anyone = [](const Request&) { return base::Result<>(); };
  std::ranges::move(resource::with_room(link::blob_routes(of.blobs, anyone), of.resources),
                    std::back_inserter(out));
  out.push_back(
      {Method::get, "/healthz", [data = of.data](const Request&) { return health(data); }});
  out.push_back({Method::get, "/metrics", [snapshot = of.snapshot, http = of.http](const Request&) {
                   return metrics(snapshot(), http());
                 }});
  out.push_back(
      {Method::get, "/api/v1/status", [snapshot = of.snapshot, &rates = of.rates](const Request&) {
         return json_response(status_map(snapshot(), rates));
       }});
  out.push_back({Method::get, "/api/v1/operators", [&catalogue = of.catalogue](const Request&) {
                   return Response{.body = contract::to_json(catalogue)};
                 }});
  out.push_back(net::log_route(of.log));
  return out;
}

}  // namespace weir::node
