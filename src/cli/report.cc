// What a run counted.
#include "cli/report.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

}  // namespace

std::string counter_table(const node::NodeStatus& status) {
  std::string out;
  for (const node::DeploymentStatus& deployment : status.deployments) {
    out += fmt::format("{:<24} {:>12} {:>12} {:>10} {:>8} {:>10}\n", deployment.name, "in", "out",
                       "dropped", "errors", "seconds");
    for (const flow::StepStatus& step : deployment.steps) {
      const flow::StepCounters& c = step.counters;
      out += fmt::format("  {:<22} {:>12} {:>12} {:>10} {:>8} {:>10.3f}\n", step.id, c.in, c.out,
                         c.dropped, c.errors, seconds(c.busy_ns));
    }
  }
  for (const drivers::Status& stream : status.streams) {
    out += fmt::format("{}.{}: {}, {} packets, {} dropped, {} failures{}\n", stream.device,
                       stream.property, drivers::name(stream.state), stream.packets, stream.drops,
                       stream.failures,
                       stream.last_error.empty() ? "" : ", last: " + stream.last_error);
  }
  return out;
}

std::string counter_json(const node::NodeStatus& status) {
  using nlohmann::json;
  json deployments = json::array();
  for (const node::DeploymentStatus& deployment : status.deployments) {
    json steps = json::array();
    for (const flow::StepStatus& step : deployment.steps) {
      const flow::StepCounters& c = step.counters;
      steps.push_back({{"id", step.id},
                       {"operator", step.op},
                       {"in", c.in},
                       {"out", c.out},
                       {"dropped", c.dropped},
                       {"errors", c.errors},
                       {"seconds", seconds(c.busy_ns)}});
    }
    deployments.push_back(
        {{"name", deployment.name}, {"last_error", deployment.last_error}, {"operators", steps}});
  }
  json cameras = json::array();
  for (const drivers::Status& stream : status.streams) {
    cameras.push_back({{"device", stream.device},
                       {"property", stream.property},
                       {"state", drivers::name(stream.state)},
                       {"last_error", stream.last_error},
                       {"connects", stream.connects},
                       {"failures", stream.failures},
                       {"packets", stream.packets},
                       {"bytes", stream.bytes},
                       {"dropped", stream.drops}});
  }
  const json all{{"deployments", deployments}, {"cameras", cameras}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

base::Result<> write_text(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file == nullptr || std::fclose(file) != 0 || !written) {
    return base::fail(base::Code::io, "cannot write " + path + ": " + base::errno_text(errno));
  }
  return {};
}

}  // namespace weir::cli
