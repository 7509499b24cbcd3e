// weir run: a small node in its own process.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string_view>
#include <thread>

#include "cli/alert_printer.h"
#include "cli/ending.h"
#include "cli/output.h"
#include "cli/record_writer.h"
#include "cli/report.h"
#include "cli/run_files.h"
#include "cli/verbs.h"
#include "contract/check.h"
#include "node/node.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kEndPollNs = 100'000'000;

// Those that are read: an --input stands in for others.
void check_devices(const contract::Documents& documents, data::Diagnostics& diagnostics) {
  std::set<std::string_view> checked;
  for (const contract::Deployment& deployment : documents.deployments) {
    for (const device::Device* device : contract::selected_devices(documents, deployment)) {
      if (checked.insert(device->name).second) node::check_device(*device, diagnostics);
    }
  }
}

contract::Documents load(const RunOptions& options, const contract::Catalogue& catalogue,
                         data::Diagnostics& diagnostics) {
  contract::Documents documents = contract::load(options.files, diagnostics);
  if (diagnostics.empty()) stand_in(documents, options.stand_ins, catalogue, diagnostics);
  if (diagnostics.empty()) {
    contract::check(documents, catalogue, diagnostics);
    check_devices(documents, diagnostics);
  }
  if (diagnostics.empty()) check_files(options, documents, catalogue, diagnostics);
  return documents;
}

// The file of --output, not begun yet. A pipe's reader is waited for.
base::Result<std::unique_ptr<LineFile>> open_output(const std::string& path, const Ending& ending,
                                                    base::Log& log) {
  bool told = false;
  return LineFile::open(path, [&] {
    if (!told)
      log.write(base::Level::info, "run", "waits for who reads the pipe", {{"file", path}});
    told = true;
    std::this_thread::sleep_for(std::chrono::nanoseconds(kEndPollNs));
    return ending.asked();
  });
}

// Whether anything but --output leaves the pipelines.
bool has_outlets(const contract::Documents& documents, const contract::Catalogue& catalogue) {
  const auto outlet = [&](const contract::Step& step) {
    const contract::Contract* const contract = catalogue.find(step.operator_name);
    return contract != nullptr && contract->group == contract::Group::output;
  };
  return std::ranges::any_of(documents.pipelines, [&](const contract::Pipeline& pipeline) {
    return std::ranges::any_of(pipeline.steps, outlet);
  });
}

// Until everything has ended, the end is asked for, the time is up, or `pointless`; then what was
// taken is processed to its end. Whether it was.
bool wait(node::Node& node, const RunOptions& options, const base::Clock& clock, Ending& ending,
          const std::function<bool()>& pointless) {
  const std::int64_t end_ns = options.max_time_ns > 0 ? clock.monotonic_ns() + options.max_time_ns
                                                      : std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const std::int64_t now_ns = clock.monotonic_ns();
    if (node.wait(std::min(end_ns, now_ns + kEndPollNs))) return true;
    if (clock.monotonic_ns() < end_ns && !ending.asked() && !pointless()) continue;
    ending.ask();
    return node.drain(clock.monotonic_ns() + Ending::kDrainNs);
  }
}

// Errors of an outlet are records that are nowhere now; what an input or a filter rejects is the
// data's.
int report_lost(const node::NodeStatus& status, const contract::Catalogue& catalogue,
                base::Log& log) {
  int code = 0;
  for (const node::DeploymentStatus& deployment : status.deployments) {
    for (const flow::StepStatus& step : deployment.steps) {
      const contract::Contract* const contract = catalogue.find(step.op);
      const bool outlet = contract != nullptr && contract->group == contract::Group::output;
      if (!outlet || step.counters.errors == 0) continue;
      log.write(base::Level::error, "run", "records could not be written",
                {{"deployment", deployment.name},
                 {"step", step.id},
                 {"records", std::to_string(step.counters.errors)}});
      code = 1;
    }
  }
  return code;
}

int report(const node::NodeStatus& status, const RunOptions& options,
           const contract::Catalogue& catalogue, base::Log& log) {
  int code = report_lost(status, catalogue, log);
  if (!options.quiet) std::fputs(counter_table(status).c_str(), stderr);
  if (!options.metrics.empty()) {
    if (const auto written = write_text(options.metrics, counter_json(status)); !written) {
      log.write(base::Level::error, "run", written.error().message, {});
      code = 1;
    }
  }
  for (const node::DeploymentStatus& deployment : status.deployments) {
    if (!deployment.last_error.empty()) code = 1;
  }
  return code;
}

}  // namespace

int run(const RunOptions& options) {
  // An output whose reader has gone fails like a full one, and the others go on.
  std::signal(SIGPIPE, SIG_IGN);
  const base::SystemClock clock;
  Ending ending(clock);
  base::StderrLog log;
  data::Diagnostics diagnostics;
  const contract::Catalogue catalogue = node::catalogue();
  const contract::Documents documents = load(options, catalogue, diagnostics);
  if (!diagnostics.empty()) return complain(diagnostics.text());

  LineFile standard_output;
  std::unique_ptr<LineFile> output;
  if (!options.output.empty() && options.output != "-") {
    auto opened = open_output(options.output, ending, log);
    if (!opened) return complain(opened.error().message);
    output = *std::move(opened);
  }
  AlertPrinter alerts(options.alerts, standard_output, clock);
  std::unique_ptr<RecordWriter> writer;  // outlives the node, whose lanes write to it
  node::Node node(
      {.clock = clock, .log = log, .alerts = alerts, .workers = options.workers, .next_epoch = [&] {
         return base::Result<std::int64_t>(clock.wall_ns());
       }});
  if (!options.output.empty()) {
    writer = std::make_unique<RecordWriter>(output != nullptr ? *output : standard_output,
                                            node.devices(), log);
  }
  const auto result = [&writer](const flow::PlannedStep&, const data::Batch& batch) {
    if (writer != nullptr) writer->write(batch);
  };
  std::size_t running = 0;
  for (const contract::Deployment& deployment : documents.deployments) {
    if (node.deploy(deployment, documents, result, diagnostics)) ++running;
  }
  if (!diagnostics.empty()) complain(diagnostics.text());
  if (running == 0) return 1;
  const bool writes_more = has_outlets(documents, catalogue);
  const bool drained = wait(node, options, clock, ending,
                            [&] { return writer != nullptr && writer->failed() && !writes_more; });
  int code = report(node.status(), options, catalogue, log);
  // A lane may be held by an output for ever: nobody waits for its thread.
  if (!drained) Ending::leave("records were still under way");
  if (writer != nullptr) {
    if (const auto finished = writer->finish(); !finished)
      code = complain(finished.error().message);
  }
  return diagnostics.empty() ? code : 1;
}

}  // namespace weir::cli
