// Uploads: pictures of nodes, and files of models.
#include <utility>

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
  for (std::size_t i = 0; i < of_nodes.size(); ++i) {
    of_nodes[i].handle = [node = std::move(of_nodes[i].handle),
                          person = of_models[i].handle](const Request& request) {
      return request.header("authorization") ? node(request) : person(request);
    };
  }
  return of_nodes;
}

}  // namespace weir::hub
