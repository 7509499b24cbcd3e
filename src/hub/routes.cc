// The hub's routes, together.
#include "hub/routes.h"

#include <utility>

#include "link/blob_routes.h"
#include "net/log_route.h"
#include "resource/routes.h"

namespace weir::hub {

std::vector<net::Route> routes(const Served& served) {
  std::vector<net::Route> out;
  const auto add = [&out](std::vector<net::Route> more) {
    for (net::Route& route : more) out.push_back(std::move(route));
  };
  add(page_routes());
  add(alert_routes(served.alerts, served.pictures));
  add(result_routes(served.results));
  add(node_routes(served.nodes, served.broker));
  add(resource::routes(served.resources));
  // Whoever reaches this server may apply, and so upload what is applied.
  const auto anyone = [](const net::Request&) { return base::Result<>(); };
  add(upload_routes(
      served.nodes, served.pictures,
      resource::with_room(link::blob_routes(served.models, anyone), served.resources)));
  add(status_routes(served.status));
  out.push_back(net::log_route(served.log));
  return out;
}

}  // namespace weir::hub
