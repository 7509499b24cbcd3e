// What a node says of itself, as JSON: for people and programs that ask, and for its hub.
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/value.h"
#include "link/uplink.h"
#include "node/node.h"
#include "node/rate_meter.h"
#include "node/reconciler.h"

namespace weir::node {

struct Snapshot {
  std::string name;
  std::string process;          // drawn at the start: tells it from others that use its name
  std::int64_t time_ns = 0;     // wall clock
  std::int64_t started_ns = 0;  // wall clock
  std::int64_t now_ns = 0;      // monotonic, for rates
  NodeStatus node;
  std::vector<Progress> deployments;
  link::UplinkStatus uplink;
};

// {"name", "process", "version", "time", "started", "deployments": […], "cameras": […], "uplink":
// {…}}
data::Map status_map(const Snapshot& snapshot, const RateMeter& rates);

// The counters that rates are taken of, under the names that status_map uses.
RateMeter::Counters rate_counters(const NodeStatus& status);

}  // namespace weir::node
