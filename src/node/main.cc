// weir-node: an edge node.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/recent_log.h"
#include "base/stop_signals.h"
#include "base/version.h"
#include "net/stop_request.h"
#include "node/daemon.h"

namespace {

using namespace weir;

int run(const node::Config& config, const std::string& path, const base::StopSignals& signals) {
  const base::SystemClock clock;
  base::StderrLog out(config.daemon.log);
  base::RecentLog log(out, clock);
  if (config.hub && !config.hub->token.empty()) net::warn_of_others(path, log);
  // Outlives the daemon, whose end may wait, too.
  net::StopRequest stop(signals, node::Daemon::kStopLimitNs);
  auto daemon = node::Daemon::start({.config = config, .clock = clock, .log = log});
  if (!daemon) {
    log.write(base::Level::error, "node", daemon.error().message, {});
    return 1;
  }
  do {
    (*daemon)->tick();
  } while (!stop.wait(node::Daemon::kTickNs));
  (*daemon)->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const base::StopSignals signals;
  CLI::App app("weir-node: runs pipelines beside the devices");
  std::string path;
  bool check = false;
  app.add_option("--config", path, "node.yaml")->required();
  app.add_flag("--check", check, "read the configuration, say what is wrong, and end");
  app.set_version_flag("--version", std::string(base::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake) == 0 ? 0 : base::kMisused;
  }
  data::Diagnostics mistakes;
  const node::Config config = node::read_config(path, mistakes);
  if (!mistakes.empty()) {
    std::fputs(mistakes.text().c_str(), stderr);
    return 1;
  }
  return check ? 0 : run(config, path, signals);
}
