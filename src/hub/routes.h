// The hub's routes, a table for each subject; api/openapi.yaml describes them.
//
// Handlers are thread-safe and hold what they are given, which outlives the routes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/recent_log.h"
#include "hub/alerts.h"
#include "hub/broker.h"
#include "hub/nodes.h"
#include "hub/results.h"
#include "hub/status.h"
#include "net/http.h"
#include "resource/resources.h"
#include "store/blobs.h"

namespace weir::hub {

// Where the live feed of alerts is a WebSocket.
inline constexpr std::string_view kLiveAlertsPattern = "/api/v1/alerts/live";

// Of what is written by hand: the longest comment, each of its characters as an escaped pair.
inline constexpr std::size_t kSmallBodyMax = 64 * 1024;

std::vector<net::Route> alert_routes(Alerts& alerts, const store::Blobs& pictures);
std::vector<net::Route> result_routes(const Results& results);
std::vector<net::Route> node_routes(Nodes& nodes, Broker& broker);
// Blobs: a node's uploads, with its name and token, are pictures; those of who sends no credentials
// are files of models, as `weir apply` brings them: they go to `of_models`, in which each
// route of link::blob_routes has to be.
std::vector<net::Route> upload_routes(const Nodes& nodes, store::Blobs& pictures,
                                      const std::vector<net::Route>& of_models);
std::vector<net::Route> status_routes(const std::function<Status()>& status);
std::vector<net::Route> page_routes();

// All of the hub.
struct Served {
  Alerts& alerts;
  const Results& results;
  Nodes& nodes;
  Broker& broker;
  resource::Resources& resources;
  store::Blobs& pictures;
  store::Blobs& models;
  const base::RecentLog& log;
  std::function<Status()> status;
};
std::vector<net::Route> routes(const Served& served);

}  // namespace weir::hub
