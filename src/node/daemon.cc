// An edge node as a service.
#include "node/daemon.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "contract/catalogue.h"
#include "data/json.h"
#include "link/uplink.h"
#include "net/hosts.h"
#include "net/http_server.h"
#include "node/alert_uplink.h"
#include "node/catalogue_turn.h"
#include "node/desired.h"
#include "node/devices.h"
#include "node/epoch.h"
#include "node/model_check.h"
#include "node/node.h"
#include "node/rate_meter.h"
#include "node/reconciler.h"
#include "node/routes.h"
#include "node/start_check.h"
#include "node/status_json.h"
#include "resource/resources.h"
#include "resource/schema.h"
#include "store/blobs.h"
#include "store/database.h"
#include "store/folder_lock.h"
#include "store/seal.h"

namespace weir::node {

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
        started_ns(options.clock.wall_ns()),
        process(
            std::to_string((std::uint64_t{std::random_device{}()} << 32) | std::random_device{}())),
        catalogue(std::make_shared<contract::Catalogue>(node::catalogue())) {}

  base::Result<> open_stores();
  base::Result<> open_uplink();
  base::Result<> serve();
  ModelFolder model_folder() const {
    return
        [this](const std::string& model) { return resources->materialize(model, path("models")); };
  }
  Snapshot snapshot() const;
  void report();
  std::string path(std::string_view name) const {
    return config.daemon.data + "/" + std::string(name);
  }

  const Config config;
  const base::Clock& clock;
  base::RecentLog& log;
  const std::int64_t started_ns;
  const std::string process;
  std::shared_ptr<const contract::Catalogue> catalogue;
  RateMeter rates;
  std::int64_t reported_ns = 0;
  CatalogueTurn catalogue_turn;
  std::atomic<bool> report_due = true;

  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Blobs> blobs;
  std::unique_ptr<store::Seal> seal;
  std::unique_ptr<resource::Resources> resources;
  std::unique_ptr<link::Uplink> uplink;
  std::unique_ptr<AlertUplink> alerts;
  std::unique_ptr<Node> node;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<net::HttpServer> server;
};

base::Result<> Daemon::Parts::open_stores() {
  TRY(database, store::Database::open({.path = path("weir.db"),
                                       .migrations = {resource::kSchema, kEpochTable},
                                       .log = log,
                                       .clock = clock}));
  TRY(blobs,
      store::Blobs::open({.folder = path("blobs"), .quota_bytes = kModelsBytesMax, .log = log}));
  TRY(auto opened, store::Seal::open(path("key")));
  seal = std::make_unique<store::Seal>(std::move(opened));
  TRY(resources,
      resource::Resources::open(
          {.database = *database,
           .seal = *seal,
           .blobs = *blobs,
           .catalogues = [this] { return resource::Catalogues{catalogue}; },
           .clock = clock,
           .log = log,
           .check_device = check_device,
           .check_model = [this](
                              const contract::ModelVersion& model,
                              data::Diagnostics& refused) { check_model(model, *blobs, refused); },
           .check_start =
               [this](const contract::Documents& documents,
                      const std::vector<std::string>& deployments, data::Diagnostics& refused) {
                 check_starts(*node, documents, deployments, model_folder(), refused);
               }}));
  return {};
}

base::Result<> Daemon::Parts::open_uplink() {
  const HubAddress hub = config.hub.value_or(HubAddress{});
  TRY(uplink, link::Uplink::open({.folder = path("uplink"),
                                  .node = config.name,
                                  .token = hub.token,
                                  .hub_url = hub.url,
                                  .mqtt_host = config.hub ? hub.broker_host : "",
                                  .mqtt_port = hub.broker_port,
                                  .log = log,
                                  .clock = clock}));
  alerts = std::make_unique<AlertUplink>(*uplink, clock);
  return {};
}

base::Result<> Daemon::Parts::serve() {
  net::HttpServer::Options options{.log = log, .clock = clock};
  options.address = config.daemon.address;
  options.port = config.daemon.port;
  const auto counted = [this] {
    const net::HttpServer* const counting = listening_;
    return counting == nullptr ? net::HttpCounters{} : counting->counters();
  };
  TRY(server,
      net::HttpServer::start(std::move(options), routes({.resources = *resources,
                                                         .blobs = *blobs,
                                                         .catalogue = *catalogue,
                                                         .log = log,
                                                         .rates = rates,
                                                         .data = config.daemon.data,
                                                         .snapshot = [this] { return snapshot(); },
                                                         .http = counted})));
  listening_ = server.get();
  return {};
}

Snapshot Daemon::Parts::snapshot() const {
  return {.name = config.name,
          .process = process,
          .time_ns = clock.wall_ns(),
          .started_ns = started_ns,
          .now_ns = clock.monotonic_ns(),
          .node = node->status(),
          .deployments = reconciler->progress(),
          .uplink = uplink->status()};
}

void Daemon::Parts::report() {
  const Snapshot now = snapshot();
  std::string text;
  data::append_json(text, status_map(now, rates));
  if (catalogue_turn.take(now.uplink.since_ns, now.now_ns)) {
    text.pop_back();
    text += ",\"catalogue\":" + contract::to_json(*catalogue) + "}";
  }
  if (const auto reported = uplink->report(std::move(text)); !reported) {
    log.write(base::Level::warning, "node", "the state cannot be reported",
              {{"reason", reported.error().message}});
  }
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

base::Result<std::unique_ptr<Daemon>> Daemon::start(const Options& options) {
  TRY(auto lock, store::FolderLock::take(options.config.daemon.data));
  auto parts = std::make_unique<Parts>(options, std::move(lock));
  Parts& of = *parts;
  TRY_DO(of.open_stores());
  TRY_DO(of.open_uplink());
  of.node = std::make_unique<Node>(
      Node::Options{.clock = of.clock,
                    .log = of.log,
                    .alerts = *of.alerts,
                    .workers = 0,
                    .next_epoch = [&of] { return next_epoch(*of.database, of.clock); },
                    .files_there = flow::FilesThere::stay});
  of.reconciler = std::make_unique<Reconciler>(
      Reconciler::Options{.node = *of.node,
                          .desired =
                              [&of] {
                                of.resources->sweep(of.path("models"));
                                return desired(of.resources->kept(), of.model_folder());
                              },
                          .changed = [&of] { of.report_due = true; },
                          .clock = of.clock,
                          .log = of.log});
  of.resources->on_change([&of] { of.reconciler->wake(); });
  TRY_DO(of.serve());
  of.log.write(base::Level::info, "node", "ready",
               {{"name", of.config.name},
                {"url", net::http_url(of.config.daemon.address, of.server->port())}});
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

void Daemon::tick() {
  const std::int64_t now_ns = parts_->clock.monotonic_ns();
  parts_->rates.sample(now_ns, rate_counters(parts_->node->status()));
  if (!parts_->report_due.exchange(false) && now_ns - parts_->reported_ns < kReportNs) return;
  parts_->reported_ns = now_ns;
  parts_->report();
}

// Input first, then what it became, then the way out.
void Daemon::stop() {
  const std::int64_t deadline_ns = parts_->clock.monotonic_ns() + kStopTimeoutNs;
  const auto left_ns = [&] {
    return std::max<std::int64_t>(0, deadline_ns - parts_->clock.monotonic_ns());
  };
  parts_->server->stop(left_ns() / 4);
  parts_->reconciler.reset();
  if (!parts_->node->drain(parts_->clock.monotonic_ns() + left_ns() / 2)) {
    parts_->log.write(base::Level::warning, "node", "stopped with records still under way", {});
  }
  parts_->uplink->stop(left_ns());
  parts_->log.write(base::Level::info, "node", "stopped", {});
}

std::uint16_t Daemon::port() const {
  return parts_->server->port();
}

}  // namespace weir::node
