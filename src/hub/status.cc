// The hub's status, told.
#include "hub/status.h"

#include <utility>

#include "base/version.h"
#include "data/json_writer.h"

namespace weir::hub {

using data::JsonWriter;
using net::MetricsText;
using enum net::MetricType;

namespace {

void write_link(JsonWriter& json, const Status& status) {
  const link::ReceiverStatus& of = status.receiver;
  json.begin_object("link")
      .flag("connected", of.connected)
      .count("batches", of.batches)
      .count("records", of.records)
      .count("committed_records", of.committed_records)
      .count("failed_batches", of.failed)
      .count("refused_messages", of.refused)
      .count("dropped_messages", of.dropped)
      .text_if("last_refusal", of.last_refusal)
      .text_if("last_failure", of.last_failure)
      .end();
}

void write_broker(JsonWriter& json, const Status& status) {
  json.begin_object("broker").flag("external", !status.broker);
  if (status.broker) {
    json.text("state", net::name(status.broker->state))
        .time("since", status.broker->since_ns)
        .count("restarts", status.broker->restarts)
        .text_if("last_error", status.broker->last_error);
  }
  json.end();
}

void write_classes(MetricsText& metrics, std::string_view name, std::string_view help,
                   const std::array<std::uint64_t, link::kClasses>& values) {
  metrics.family(name, counter, help);
  for (const link::Class of : link::kAllClasses) {
    metrics.sample(values[static_cast<std::size_t>(of)], {{"class", link::name(of)}});
  }
}

void write_ingest(MetricsText& metrics, const IngestCounts& ingest) {
  write_classes(metrics, "weir_hub_records_committed_total", "Records kept.", ingest.kept);
  write_classes(metrics, "weir_hub_records_duplicate_total",
                "Records that were here already, and kept once.", ingest.duplicates);
  write_classes(metrics, "weir_hub_records_lost_total",
                "Records that nodes say they lost before they could send them.", ingest.lost);
  metrics.single("weir_hub_alerts_removed_total", counter, "Old alerts removed to make room.",
                 ingest.alerts_removed);
  metrics.single("weir_hub_results_removed_total", counter, "Old results removed to make room.",
                 ingest.results_removed);
  metrics.single("weir_hub_pictures_removed_total", counter,
                 "Pictures removed that nothing names any more.", ingest.pictures_removed);
}

void write_receiver(MetricsText& metrics, const link::ReceiverStatus& of) {
  metrics.single("weir_hub_link_connected", gauge, "Whether the broker is connected.",
                 of.connected ? 1 : 0);
  metrics.single("weir_hub_link_batches_total", counter, "Batches received.", of.batches);
  metrics.single("weir_hub_link_records_total", counter, "Records received.", of.records);
  metrics.single("weir_hub_link_received_bytes_total", counter, "Bytes of batches received.",
                 of.bytes);
  metrics.single("weir_hub_link_failed_batches_total", counter,
                 "Batches that could not be kept; their node sends them again.", of.failed);
  metrics.single("weir_hub_link_refused_messages_total", counter,
                 "Messages that are malformed or of no known node.", of.refused);
  metrics.single("weir_hub_link_dropped_messages_total", counter,
                 "Messages that found the queue full; their node sends them again.", of.dropped);
}

void write_nodes(MetricsText& metrics, const Nodes::Counts& nodes) {
  metrics.family("weir_hub_nodes", gauge, "Nodes, by what is heard of them.");
  metrics.sample(nodes.fresh, {{"state", name(Presence::fresh)}});
  metrics.sample(nodes.online, {{"state", name(Presence::online)}});
  metrics.sample(nodes.offline, {{"state", name(Presence::offline)}});
  metrics.single("weir_hub_node_twins_total", counter,
                 "Processes that came back after another one of their name: two run at once.",
                 nodes.twins);
}

}  // namespace

std::string Status::trouble() const {
  if (!database_error.empty()) return "the database does not answer: " + database_error;
  if (!receiver.connected) return "the broker is not connected";
  if (!ingest_trouble.empty()) return "what nodes send is not kept: " + ingest_trouble;
  return {};
}

std::string status_json(const Status& status) {
  JsonWriter json;
  json.begin_object()
      .text("version", base::kVersion)
      .time("time", status.now_ns)
      .time("started", status.started_ns)
      .text_if("trouble", status.trouble());
  json.begin_object("nodes")
      .count("new", status.nodes.fresh)
      .count("online", status.nodes.online)
      .count("offline", status.nodes.offline)
      .end();
  json.number("alerts", status.alerts)
      .number("results", status.results)
      .count("picture_bytes", status.picture_bytes)
      .count("live_sockets", status.live);
  write_link(json, status);
  write_broker(json, status);
  json.end();
  return std::move(json).take();
}

net::Response status_metrics(const Status& status) {
  MetricsText metrics;
  metrics.family("weir_hub_build_info", gauge, "Which Weir this is.");
  metrics.sample(1, {{"version", base::kVersion}});
  metrics.single("weir_hub_start_time_seconds", gauge, "When it started, since 1970 in UTC.",
                 static_cast<double>(status.started_ns) * 1e-9);
  metrics.single("weir_hub_database_up", gauge, "Whether the database answers.",
                 status.database_error.empty() ? 1 : 0);
  metrics.single("weir_hub_alerts", gauge, "Alerts kept now.", status.alerts);
  metrics.single("weir_hub_results", gauge, "Results kept now.", status.results);
  metrics.single("weir_hub_pictures_bytes", gauge, "Bytes of pictures kept now.",
                 status.picture_bytes);
  if (status.broker) {
    metrics.single("weir_hub_broker_running", gauge, "Whether the broker runs.",
                   status.broker->state == net::ChildState::running ? 1 : 0);
    metrics.single("weir_hub_broker_restarts_total", counter,
                   "Starts of the broker after the first.", status.broker->restarts);
  }
  metrics.single("weir_hub_live_sockets", gauge, "WebSockets that read alerts.", status.live);
  write_nodes(metrics, status.nodes);
  write_receiver(metrics, status.receiver);
  write_ingest(metrics, status.ingest);
  net::write_http_metrics(metrics, "weir_hub", status.http);
  return metrics.response();
}

}  // namespace weir::hub
