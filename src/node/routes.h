// The routes of a node; api/openapi.yaml describes them.
//
// The handlers are thread-safe and hold what they are given, which outlives the routes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/recent_log.h"
#include "contract/catalogue.h"
#include "net/http.h"
#include "net/http_server.h"
#include "node/rate_meter.h"
#include "node/status_json.h"
#include "resource/resources.h"
#include "store/blobs.h"

namespace weir::node {

struct RouteSources {
  resource::Resources& resources;
  store::Blobs& blobs;  // of models
  const contract::Catalogue& catalogue;
  const base::RecentLog& log;
  const RateMeter& rates;
  std::string data;  // the folder of all that is kept
  std::function<Snapshot()> snapshot;
  std::function<net::HttpCounters()> http;  // of the server that serves them
};

std::vector<net::Route> routes(const RouteSources& of);

}  // namespace weir::node
