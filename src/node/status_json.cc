// What a node says of itself.
#include "node/status_json.h"

#include <algorithm>
#include <utility>

#include "base/version.h"

namespace weir::node {
namespace {

using data::List;
using data::Map;
using data::Timestamp;
using data::Value;

std::string step_counter(const std::string& deployment, const std::string& step) {
  return "step " + deployment + " " + step;
}

std::string camera_counter(const drivers::Status& camera) {
  return "camera " + camera.device + " " + camera.property;
}

// Null where it has not happened.
Value moment(std::int64_t ns) {
  return ns == 0 ? Value() : Value(Timestamp{ns});
}

Value text_or_null(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

Value steps(const DeploymentStatus& deployment, const Snapshot& of, const RateMeter& rates) {
  List out;
  for (const flow::StepStatus& step : deployment.steps) {
    const flow::StepCounters& counters = step.counters;
    out.push_back(Map{{"id", step.id},
                      {"operator", step.op},
                      {"in", counters.in},
                      {"out", counters.out},
                      {"dropped", counters.dropped},
                      {"errors", counters.errors},
                      {"busy_seconds", static_cast<double>(counters.busy_ns) / 1e9},
                      {"in_per_second", rates.rate(step_counter(deployment.name, step.id),
                                                   counters.in, of.now_ns)}});
  }
  return out;
}

Value deployments(const Snapshot& of, const RateMeter& rates) {
  List out;
  for (const Progress& progress : of.deployments) {
    const auto running =
        std::ranges::find(of.node.deployments, progress.deployment, &DeploymentStatus::name);
    out.push_back(
        Map{{"name", progress.deployment},
            {"state", name(progress.phase)},
            {"since", moment(progress.since_ns)},
            {"last_error", text_or_null(progress.last_error)},
            {"retry", moment(progress.retry_ns)},
            {"starts", progress.starts},
            {"steps",
             running == of.node.deployments.end() ? Value(List()) : steps(*running, of, rates)}});
  }
  return out;
}

Value cameras(const Snapshot& of, const RateMeter& rates) {
  List out;
  for (const drivers::Status& camera : of.node.streams) {
    out.push_back(Map{
        {"device", camera.device},
        {"property", camera.property},
        {"state", drivers::name(camera.state)},
        {"since", moment(camera.since_ns)},
        {"last_error", text_or_null(camera.last_error)},
        {"retry", moment(camera.retry_ns)},
        {"connects", camera.connects},
        {"failures", camera.failures},
        {"packets", camera.packets},
        {"bytes", camera.bytes},
        {"dropped", camera.drops},
        {"packets_per_second", rates.rate(camera_counter(camera),
                                          static_cast<std::uint64_t>(camera.packets), of.now_ns)}});
  }
  return out;
}

Value uplink(const link::UplinkStatus& status) {
  Map classes;
  for (const link::Class of : link::kAllClasses) {
    const link::ClassStatus& each = status.classes[static_cast<std::size_t>(of)];
    classes.emplace_back(link::name(of), Map{{"appended", each.appended},
                                             {"committed", each.committed},
                                             {"backlog", each.backlog},
                                             {"bytes", each.log_bytes},
                                             {"refused", each.refused},
                                             {"dropped", each.dropped}});
  }
  return Map{{"connected", status.connected},
             {"since", moment(status.since_ns)},
             {"last_error", text_or_null(status.last_error)},
             {"pictures_sent", status.pictures_sent},
             {"pictures_lost", status.pictures_lost},
             {"marks_dropped", status.marks_dropped},
             {"classes", std::move(classes)}};
}

}  // namespace

Map status_map(const Snapshot& snapshot, const RateMeter& rates) {
  return Map{{"name", snapshot.name},
             {"process", snapshot.process},
             {"version", base::kVersion},
             {"time", Timestamp{snapshot.time_ns}},
             {"started", Timestamp{snapshot.started_ns}},
             {"deployments", deployments(snapshot, rates)},
             {"cameras", cameras(snapshot, rates)},
             {"uplink", uplink(snapshot.uplink)}};
}

RateMeter::Counters rate_counters(const NodeStatus& status) {
  RateMeter::Counters out;
  for (const DeploymentStatus& deployment : status.deployments) {
    for (const flow::StepStatus& step : deployment.steps)
      out[step_counter(deployment.name, step.id)] = step.counters.in;
  }
  for (const drivers::Status& camera : status.streams)
    out[camera_counter(camera)] = static_cast<std::uint64_t>(camera.packets);
  return out;
}

}  // namespace weir::node
