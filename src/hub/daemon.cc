// A hub as a service.
#include "hub/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "hub/ingest.h"
#include "hub/nodes.h"
#include "hub/routes.h"
#include "hub/schema.h"
#include "hub/status.h"
#include "link/receiver.h"
#include "net/feed.h"
#include "net/hosts.h"
#include "net/http_server.h"
#include "resource/resources.h"
#include "resource/schema.h"
#include "store/blobs.h"
#include "store/database.h"
#include "store/folder_lock.h"
#include "store/seal.h"

namespace weir::hub {

using base::Result;

// In the order in which they use each other; they end the other way round.
class Daemon::Parts {
  store::FolderLock lock_;
  // Handlers may run before `server` is set, and while it stops.
  std::atomic<const net::HttpServer*> listening_ = nullptr;

 public:
  Parts(const Options& options, store::FolderLock lock)
      : lock_(std::move(lock)),
        config(options.config),
        clock(options.clock),
        log(options.log),
        kept(options.kept),
        started_ns(options.clock.wall_ns()) {}

  Result<> open_stores();
  Result<> open_tables();
  Result<> start_broker();
  Result<> receive();
  Result<> serve();
  Status status() const;

  const Config config;
  const base::Clock& clock;
  base::RecentLog& log;
  const Kept kept;
  const std::int64_t started_ns;

  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Blobs> pictures, models;
  std::unique_ptr<store::Seal> seal;
  std::unique_ptr<Nodes> nodes;
  std::unique_ptr<Alerts> alerts;
  std::unique_ptr<Results> results;
  std::unique_ptr<resource::Resources> resources;
  net::Feed feed;
  std::unique_ptr<Ingest> ingest;
  std::unique_ptr<Broker> broker;
  std::unique_ptr<link::Receiver> receiver;
  std::unique_ptr<net::HttpServer> server;

 private:
  std::string path(std::string_view name) const {
    return config.daemon.data + "/" + std::string(name);
  }
};

Result<> Daemon::Parts::open_stores() {
  TRY(database, store::Database::open({.path = path("hub.db"),
                                       .migrations = {resource::kSchema, kSchema, kLostSchema},
                                       .log = log,
                                       .clock = clock}));
  if (database->began_anew()) {
    log.write(base::Level::error, "hub",
              "the database was damaged and is begun anew: add the nodes again", {});
  }
  TRY(pictures,
      store::Blobs::open(
          {.folder = path("pictures"), .quota_bytes = kept.pictures_bytes_max, .log = log}));
  TRY(models, store::Blobs::open(
                  {.folder = path("models"), .quota_bytes = kept.models_bytes_max, .log = log}));
  TRY(auto opened, store::Seal::open(path("key")));
  seal = std::make_unique<store::Seal>(std::move(opened));
  return {};
}

Result<> Daemon::Parts::open_tables() {
  TRY(nodes, Nodes::open({.database = *database, .log = log, .clock = clock}));
  TRY(alerts, Alerts::open(*database, clock, kept.alerts_max));
  TRY(results, Results::open(*database, kept.results_max));
  TRY(resources, resource::Resources::open({.database = *database,
                                            .seal = *seal,
                                            .blobs = *models,
                                            .catalogues = [this] { return nodes->catalogues(); },
                                            .clock = clock,
                                            .log = log}));
  ingest = std::make_unique<Ingest>(Ingest::Options{.database = *database,
                                                    .nodes = *nodes,
                                                    .alerts = *alerts,
                                                    .results = *results,
                                                    .pictures = *pictures,
                                                    .pictures_quota_bytes = kept.pictures_bytes_max,
                                                    .feed = feed,
                                                    .log = log,
                                                    .clock = clock});
  return {};
}

Result<> Daemon::Parts::start_broker() {
  std::vector<BrokerNode> known;
  for (auto& [name, hash] : nodes->broker_hashes()) {
    known.push_back({.name = std::move(name), .hash = std::move(hash)});
  }
  TRY(broker, Broker::start({.folder = path("broker"),
                             .port = config.broker_port,
                             .nodes = std::move(known),
                             .external = config.external,
                             .log = log,
                             .clock = clock}));
  return {};
}

Result<> Daemon::Parts::receive() {
  const BrokerAddress& at = broker->address();
  TRY(receiver, link::Receiver::start(
                    {.mqtt_host = at.host,
                     .mqtt_port = at.port,
                     .user = at.user,
                     .password = at.password,
                     .nodes = [this] { return nodes->names(); },
                     .known = [this](std::string_view node) { return nodes->known(node); },
                     .commit = [this](const link::Batch& batch) { return ingest->commit(batch); },
                     .state =
                         [this](std::string_view node, std::string_view json) {
                           nodes->report(node, json);
                           ingest->make_room();
                         },
                     .log = log,
                     .clock = clock}));
  return {};
}

Result<> Daemon::Parts::serve() {
  net::HttpServer::Options options{.log = log, .clock = clock};
  options.address = config.daemon.address;
  options.port = config.daemon.port;
  TRY(server, net::HttpServer::start(std::move(options),
                                     routes({.alerts = *alerts,
                                             .results = *results,
                                             .nodes = *nodes,
                                             .broker = *broker,
                                             .resources = *resources,
                                             .pictures = *pictures,
                                             .models = *models,
                                             .log = log,
                                             .status = [this] { return status(); }}),
                                     {{std::string(kLiveAlertsPattern), &feed}}));
  listening_ = server.get();
  return {};
}

Status Daemon::Parts::status() const {
  Status status{.now_ns = clock.wall_ns(),
                .started_ns = started_ns,
                .picture_bytes = pictures->bytes(),
                .broker = broker->child(),
                .receiver = receiver->status(),
                .ingest = ingest->counts(),
                .nodes = nodes->counts(),
                .live = feed.sockets()};
  status.ingest_trouble = ingest->trouble();
  if (status.ingest_trouble.empty()) status.ingest_trouble = nodes->trouble();
  const auto alerts_kept = alerts->count();
  const auto results_kept = results->count();
  status.alerts = alerts_kept.value_or(0);
  status.results = results_kept.value_or(0);
  if (!alerts_kept) status.database_error = alerts_kept.error().message;
  if (!results_kept) status.database_error = results_kept.error().message;
  if (const net::HttpServer* const listening = listening_) status.http = listening->counters();
  return status;
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(const Options& options) {
  TRY(auto lock, store::FolderLock::take(options.config.daemon.data));
  auto parts = std::make_unique<Parts>(options, std::move(lock));
  Parts& of = *parts;
  TRY_DO(of.open_stores());
  TRY_DO(of.open_tables());
  TRY_DO(of.start_broker());
  TRY_DO(of.receive());
  TRY_DO(of.serve());
  of.log.write(
      base::Level::info, "hub", "ready",
      {{"url", net::http_url(of.config.daemon.address, of.server->port()) + "/"},
       {"broker", fmt::format("{}:{}", of.broker->address().host, of.broker->address().port)}});
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

void Daemon::stop() {
  const std::int64_t deadline_ns = parts_->clock.monotonic_ns() + kStopTimeoutNs;
  parts_->server->stop(kStopTimeoutNs / 2);
  parts_->receiver.reset();
  parts_->broker->stop(std::max<std::int64_t>(0, deadline_ns - parts_->clock.monotonic_ns()));
  parts_->broker.reset();
  parts_->log.write(base::Level::info, "hub", "stopped", {});
}

std::uint16_t Daemon::port() const {
  return parts_->server->port();
}

BrokerAddress Daemon::broker() const {
  return parts_->broker->address();
}

}  // namespace weir::hub
