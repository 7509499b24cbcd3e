// Verbs that look at a running node: logs, top.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/stop_signals.h"
#include "base/text.h"
#include "cli/fields.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "cli/server.h"
#include "cli/table.h"
#include "net/daemon_config.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kRepeatNs = 1'000'000'000;
constexpr std::string_view kClear = "\033[H\033[2J";  // ECMA-48: cursor home, erase the screen

// How long it has been so: by the server's own clock, which may differ from ours.
std::string time_since(const data::Value& status, const data::Value& of) {
  const auto since_ns = base::parse_rfc3339_ns(text_at(of, "since"));
  const auto now_ns = base::parse_rfc3339_ns(text_at(status, "time"));
  return since_ns && now_ns ? age(*now_ns - *since_ns) : "";
}

std::string deployment_table(const data::Value& status) {
  Table table({"DEPLOYMENT", "STATE", "FOR", "STEP", "IN/S", "IN", "OUT", "DROPPED", "ERRORS",
               "LAST ERROR"});
  for (const data::Value& each : list_at(status, "deployments")) {
    const data::List& steps = list_at(each, "steps");
    if (steps.empty()) {
      table.add({text_at(each, "name"), text_at(each, "state"), time_since(status, each), "", "",
                 "", "", "", "", text_at(each, "last_error")});
    }
    bool first = true;
    for (const data::Value& step : steps) {
      table.add({first ? text_at(each, "name") : "", first ? text_at(each, "state") : "",
                 first ? time_since(status, each) : "", text_at(step, "id"),
                 fmt::format("{:.1f}", number_at(step, "in_per_second")), text_at(step, "in"),
                 text_at(step, "out"), text_at(step, "dropped"), text_at(step, "errors"),
                 first ? text_at(each, "last_error") : ""});
      first = false;
    }
  }
  return table.text();
}

std::string camera_table(const data::Value& status) {
  Table table(
      {"CAMERA", "STATE", "FOR", "PACKETS/S", "PACKETS", "DROPPED", "FAILURES", "LAST ERROR"});
  for (const data::Value& each : list_at(status, "cameras")) {
    table.add({text_at(each, "device"), text_at(each, "state"), time_since(status, each),
               fmt::format("{:.1f}", number_at(each, "packets_per_second")),
               text_at(each, "packets"), text_at(each, "dropped"), text_at(each, "failures"),
               text_at(each, "last_error")});
  }
  return table.text();
}

std::string uplink_line(const data::Value& status) {
  const data::Value& uplink = object_at(status, "uplink");
  const data::Value& alerts = object_at(object_at(uplink, "classes"), "alert");
  const bool connected = text_at(uplink, "connected") == "true";
  const std::string since = time_since(status, uplink);
  return fmt::format("hub {}{}; alerts {} raised, {} committed, {} waiting\n",
                     connected ? "connected" : "not connected",
                     since.empty() ? "" : " for " + since, text_at(alerts, "appended"),
                     text_at(alerts, "committed"), text_at(alerts, "backlog"));
}

}  // namespace

int logs(const LogsOptions& options) {
  const base::StopSignals signals;
  Server server(server_url(options.server, net::kNodePort));
  std::string query;
  do {
    const auto page = server.get("/api/v1/log" + query, {.list = "lines"});
    if (!page) return complain(page.error().message);
    const data::List& lines = list_at(*page, "lines");
    std::string text;
    for (const data::Value& line : lines)
      text += text_at(line, "time") + " " + text_at(line, "text") + "\n";
    if (const int code = print(text); code != 0) return code;
    const std::string last =
        lines.empty() ? text_at(*page, "newest") : text_at(lines.back(), "number");
    query = "?after=" + last;
  } while (options.follow && !signals.wait(kRepeatNs));
  return 0;
}

int top(const TopOptions& options) {
  const base::StopSignals signals;
  Server server(server_url(options.server, net::kNodePort));
  const bool repeat = !options.once && isatty(STDOUT_FILENO) == 1;
  do {
    const auto status = server.get("/api/v1/status", {.text = "version"});
    if (!status) return complain(status.error().message);
    if (status->find("deployments") == nullptr)
      return complain(server.url() + " is a hub, expected a node: a hub runs no deployments");
    const int code = print(fmt::format(
        "{}{} {}, up since {}\n{}\n{}\n{}", repeat ? kClear : "", text_at(*status, "name"),
        text_at(*status, "version"), text_at(*status, "started").substr(0, 19),
        deployment_table(*status), camera_table(*status), uplink_line(*status)));
    if (code != 0) return code;
  } while (repeat && !signals.wait(kRepeatNs));
  return 0;
}

}  // namespace weir::cli
