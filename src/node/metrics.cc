// A node's counters as Prometheus reads them.
#include "node/metrics.h"

#include "base/version.h"
#include "net/metrics.h"

namespace weir::node {
namespace {

using net::MetricsText;
using net::MetricType;

struct StepMetric {
  std::string_view name, help;
  std::uint64_t flow::StepCounters::* counter;
};
constexpr StepMetric kStepMetrics[] = {
    {"weir_node_step_records_in_total", "Records that came to a step.", &flow::StepCounters::in},
    {"weir_node_step_records_out_total", "Records that a step handed on.",
     &flow::StepCounters::out},
    {"weir_node_step_records_dropped_total",
     "Records that a step left out on purpose or for want of time.", &flow::StepCounters::dropped},
    {"weir_node_step_records_rejected_total", "Records on which a step failed.",
     &flow::StepCounters::errors},
};

struct CameraMetric {
  std::string_view name, help;
  std::int64_t drivers::Status::* counter;
};
constexpr CameraMetric kCameraMetrics[] = {
    {"weir_node_camera_packets_total", "Packets that a camera sent.", &drivers::Status::packets},
    {"weir_node_camera_received_bytes_total", "Bytes of those packets.", &drivers::Status::bytes},
    {"weir_node_camera_dropped_packets_total", "Packets that could not be passed on in time.",
     &drivers::Status::drops},
    {"weir_node_camera_connects_total", "Connections made.", &drivers::Status::connects},
    {"weir_node_camera_failures_total", "Connections that failed or ended.",
     &drivers::Status::failures},
};

struct ClassMetric {
  std::string_view name, help;
  MetricType type;
  std::uint64_t link::ClassStatus::* counter;
};
constexpr ClassMetric kClassMetrics[] = {
    {"weir_node_uplink_appended_records_total", "Records handed to the uplink.",
     MetricType::counter, &link::ClassStatus::appended},
    {"weir_node_uplink_committed_records_total", "Records that the hub has kept.",
     MetricType::counter, &link::ClassStatus::committed},
    {"weir_node_uplink_dropped_records_total", "Records lost to a quota or a damaged log.",
     MetricType::counter, &link::ClassStatus::dropped},
    {"weir_node_uplink_refused_records_total", "Records that could not be kept.",
     MetricType::counter, &link::ClassStatus::refused},
    {"weir_node_uplink_sent_bytes_total", "Bytes of messages sent, those sent again too.",
     MetricType::counter, &link::ClassStatus::sent_bytes},
    {"weir_node_uplink_resent_batches_total", "Batches that were not committed in time.",
     MetricType::counter, &link::ClassStatus::resent_batches},
    {"weir_node_uplink_backlog_records", "Records that the hub has not kept yet.",
     MetricType::gauge, &link::ClassStatus::backlog},
    {"weir_node_uplink_log_bytes", "Bytes of a class on disk.", MetricType::gauge,
     &link::ClassStatus::log_bytes},
};

void write_steps(MetricsText& out, const NodeStatus& node) {
  for (const StepMetric& metric : kStepMetrics) {
    out.family(metric.name, MetricType::counter, metric.help);
    for (const DeploymentStatus& deployment : node.deployments) {
      for (const flow::StepStatus& step : deployment.steps) {
        out.sample(step.counters.*metric.counter,
                   {{"deployment", deployment.name}, {"step", step.id}, {"operator", step.op}});
      }
    }
  }
  out.family("weir_node_step_busy_seconds_total", MetricType::counter,
             "Time a step worked, deferred work included.");
  for (const DeploymentStatus& deployment : node.deployments) {
    for (const flow::StepStatus& step : deployment.steps) {
      out.sample(static_cast<double>(step.counters.busy_ns) / 1e9,
                 {{"deployment", deployment.name}, {"step", step.id}, {"operator", step.op}});
    }
  }
}

void write_cameras(MetricsText& out, const NodeStatus& node) {
  for (const CameraMetric& metric : kCameraMetrics) {
    out.family(metric.name, MetricType::counter, metric.help);
    for (const drivers::Status& camera : node.streams) {
      out.sample(camera.*metric.counter,
                 {{"device", camera.device}, {"property", camera.property}});
    }
  }
  out.family("weir_node_camera_streaming", MetricType::gauge, "1 while pictures come, else 0.");
  for (const drivers::Status& camera : node.streams) {
    out.sample(camera.state == drivers::State::streaming ? 1 : 0,
               {{"device", camera.device}, {"property", camera.property}});
  }
}

void write_uplink(MetricsText& out, const link::UplinkStatus& uplink) {
  out.single("weir_node_uplink_connected", MetricType::gauge, "1 while the hub is there, else 0.",
             uplink.connected ? 1 : 0);
  for (const ClassMetric& metric : kClassMetrics) {
    out.family(metric.name, metric.type, metric.help);
    for (const link::Class of : link::kAllClasses) {
      out.sample(uplink.classes[static_cast<std::size_t>(of)].*metric.counter,
                 {{"class", link::name(of)}});
    }
  }
  out.single("weir_node_uplink_pictures_sent_total", MetricType::counter, "Pictures sent.",
             uplink.pictures_sent);
  out.single("weir_node_uplink_pictures_lost_total", MetricType::counter,
             "Pictures damaged on this disk before the hub had them.", uplink.pictures_lost);
  out.single("weir_node_uplink_picture_bytes", MetricType::gauge,
             "Bytes of pictures that wait on this disk.", uplink.picture_bytes);
  out.single("weir_node_uplink_marks_dropped_total", MetricType::counter,
             "Committed marks that came faster than they were looked at; what they tell of is sent "
             "again.",
             uplink.marks_dropped);
}

}  // namespace

net::Response metrics(const Snapshot& snapshot, const net::HttpCounters& http) {
  MetricsText out;
  out.family("weir_node_build_info", MetricType::gauge, "Which Weir this is.");
  out.sample(1, {{"version", base::kVersion}});
  out.single("weir_node_start_time_seconds", MetricType::gauge,
             "When it was started, in seconds since 1970.",
             static_cast<double>(snapshot.started_ns) / 1e9);
  out.family("weir_node_deployment_running", MetricType::gauge,
             "1 while a deployment runs, else 0.");
  for (const Progress& progress : snapshot.deployments) {
    out.sample(progress.phase == Phase::running ? 1 : 0, {{"deployment", progress.deployment}});
  }
  write_steps(out, snapshot.node);
  write_cameras(out, snapshot.node);
  write_uplink(out, snapshot.uplink);
  net::write_http_metrics(out, "weir_node", http);
  return out.response();
}

}  // namespace weir::node
