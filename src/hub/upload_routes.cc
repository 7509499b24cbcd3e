// Uploads: pictures of nodes, and files of models.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "hub/routes.h"
#include "link/blob_routes.h"
#include "link/uplink.h"

namespace weir::hub {

using base::Result;
using net::Request;
using net::Route;

std::vector<Route> upload_routes(const Nodes& nodes, store::Blobs& pictures,
                                 const std::vector<Route>& of_models) {
  const auto a_node = [&nodes](const Request& request) -> Result<> {
    TRY(const link::Credentials who, link::read_basic(request));
    if (nodes.admits(who.user, who.password)) return {};
    return base::fail(base::Code::refused, "no such node, or not its token");
  };
  std::vector<Route> of_nodes = link::blob_routes(pictures, a_node, link::kPictureBytesMax);
  for (Route& route : of_nodes) {
    const auto of_models_too = std::ranges::find_if(of_models, [&](const Route& other) {
      return other.method == route.method && other.pattern == route.pattern;
    });
    CHECK(of_models_too != of_models.end());
    route.handle = [node = std::move(route.handle),
                    person = of_models_too->handle](const Request& request) {
      return request.header("authorization") ? node(request) : person(request);
    };
  }
  return of_nodes;
}

}  // namespace weir::hub
