// A node's counters as Prometheus reads them. A pure function of values.
#pragma once

#include "net/http.h"
#include "net/http_server.h"
#include "node/status_json.h"

namespace weir::node {

net::Response metrics(const Snapshot& snapshot, const net::HttpCounters& http);

}  // namespace weir::node
