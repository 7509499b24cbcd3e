// The routes of resources, which node and hub share; api/openapi.yaml describes them.
//
// The handlers are thread-safe and hold the resources, which outlive the routes.
#pragma once

#include <vector>

#include "net/http.h"
#include "resource/resources.h"

namespace weir::resource {

// For each kind, GET /api/v1/devices[?after=NAME&limit=N], GET and DELETE /api/v1/devices/{name};
// and POST /api/v1/apply[?dry-run=true&file=NAME]. Blobs are routes of link.
std::vector<net::Route> routes(Resources& resources);

// Uploads of models' files, which make room among old versions where the quota is reached.
std::vector<net::Route> with_room(std::vector<net::Route> uploads, Resources& resources);

}  // namespace weir::resource
