// weir-hub: an edge hub.
#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>

#include "base/recent_log.h"
#include "base/stop_guard.h"
#include "base/stop_signals.h"
#include "hub/daemon.h"

namespace {

using namespace weir;

int run(const hub::Config& config, const base::StopSignals& signals) {
  const base::SystemClock clock;
  base::StderrLog out(config.daemon.log);
  base::RecentLog log(out, clock);
  std::optional<base::StopGuard> guard;  // outlives the daemon, whose end may wait, too
  auto daemon = hub::Daemon::start({.config = config, .clock = clock, .log = log});
  if (!daemon) {
    log.write(base::Level::error, "hub", daemon.error().message, {});
    return 1;
  }
  while (!signals.wait(std::numeric_limits<std::int64_t>::max())) {
  }
  guard.emplace(hub::Daemon::kStopLimitNs);
  (*daemon)->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const base::StopSignals signals;
  CLI::App app("weir-hub: keeps what its nodes send, and shows it");
  std::string path;
  bool check = false;
  app.add_option("--config", path, "hub.yaml")->required();
  app.add_flag("--check", check, "read the configuration, say what is wrong, and end");
  CLI11_PARSE(app, argc, argv);
  data::Diagnostics mistakes;
  const hub::Config config = hub::read_config(path, mistakes);
  if (!mistakes.empty()) {
    std::fputs(mistakes.text().c_str(), stderr);
    return 1;
  }
  return check ? 0 : run(config, signals);
}
