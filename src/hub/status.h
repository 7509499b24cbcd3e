// Status: how the hub is, at one moment, as JSON and as metrics.
//
// A value, and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hub/ingest.h"
#include "hub/nodes.h"
#include "link/receiver.h"
#include "net/child.h"
#include "net/http_server.h"
#include "net/metrics.h"

namespace weir::hub {

struct Status {
  std::int64_t now_ns = 0, started_ns = 0;  // wall clock
  std::string database_error = {};          // "": it answers
  std::string ingest_trouble = {};          // "": what nodes send is kept
  std::int64_t alerts = 0, results = 0;     // kept now
  std::uint64_t picture_bytes = 0;
  std::optional<net::ChildStatus> broker = {};  // none with an external one
  link::ReceiverStatus receiver = {};
  IngestCounts ingest = {};
  Nodes::Counts nodes = {};
  net::HttpCounters http = {};
  std::size_t live = 0;  // WebSockets that read alerts

  // Why it cannot do its work now; "": it can.
  std::string trouble() const;
};

std::string status_json(const Status& status);
net::Response status_metrics(const Status& status);

}  // namespace weir::hub
