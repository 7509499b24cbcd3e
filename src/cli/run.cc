// weir run: a small node in its own process.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>

#include "base/stop_signals.h"
#include "cli/alert_printer.h"
#include "cli/output.h"
#include "cli/record_writer.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "contract/check.h"
#include "node/node.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kSignalPoll_ns = 100'000'000;
constexpr std::int64_t kDrainTimeout_ns =
    10'000'000'000;  // for what was taken before a signal or --max-time

contract::Documents load(const RunOptions& options, data::Diagnostics& diagnostics) {
  const contract::Catalogue catalogue = node::catalogue();
  contract::Documents documents = contract::load(options.files, diagnostics);
  if (diagnostics.empty()) stand_in(documents, options.stand_ins, catalogue, diagnostics);
  if (diagnostics.empty()) contract::check(documents, catalogue, diagnostics);
  return documents;
}

// Until everything has ended, a signal came or the time is up; then what was taken is processed to
// its end. Whether it was.
bool wait(node::Node& node, const RunOptions& options, const base::Clock& clock,
          const base::StopSignals& signals) {
  const std::int64_t end_ns = options.max_time_ns > 0 ? clock.monotonic_ns() + options.max_time_ns
                                                      : std::numeric_limits<std::int64_t>::max();
  for (;;) {
    const std::int64_t now_ns = clock.monotonic_ns();
    if (node.wait(std::min(end_ns, now_ns + kSignalPoll_ns))) return true;
    if (clock.monotonic_ns() >= end_ns || signals.came()) {
      return node.drain(clock.monotonic_ns() + kDrainTimeout_ns);
    }
  }
}

int report(const node::NodeStatus& status, const RunOptions& options, base::Log& log) {
  int code = 0;
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
  const base::StopSignals signals;
  const base::SystemClock clock;
  base::StderrLog log;
  data::Diagnostics diagnostics;
  const contract::Documents documents = load(options, diagnostics);
  if (!diagnostics.empty()) return complain(diagnostics.text());

  AlertPrinter alerts(options.alerts, stdout, clock);
  std::unique_ptr<RecordWriter> writer;  // outlives the node, whose lanes write to it
  node::Node node(
      {.clock = clock, .log = log, .alerts = alerts, .workers = options.workers, .next_epoch = [&] {
         return base::Result<std::int64_t>(clock.wall_ns());
       }});
  if (!options.output.empty()) {
    auto opened = RecordWriter::open(options.output, node.devices());
    if (!opened) return complain(opened.error().message);
    writer = *std::move(opened);
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
  const bool drained = wait(node, options, clock, signals);
  if (!drained) log.write(base::Level::error, "run", "records were still under way at the end", {});
  int code = report(node.status(), options, log);
  if (writer != nullptr) {
    if (const auto closed = writer->close(); !closed) code = complain(closed.error().message);
  }
  return drained && diagnostics.empty() ? code : 1;
}

}  // namespace weir::cli
