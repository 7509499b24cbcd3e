// The state message of a node, read.
#include "hub/node_report.h"

#include <utility>

#include "base/text.h"
#include "data/json.h"

namespace weir::hub {
namespace {

// How many a list has; those that fail are added to `failing`.
std::size_t count(const data::Value& state, std::string_view key, std::size_t& failing) {
  const data::Value* const value = state.find(key);
  const data::List* const list = value == nullptr ? nullptr : value->get<data::List>();
  if (list == nullptr) return 0;
  for (const data::Value& item : *list) {
    const std::string how = item.text_at("state");
    if (how == "failed" || how == "frozen") ++failing;
  }
  return list->size();
}

}  // namespace

base::Result<NodeReport> read_report(std::string_view json) {
  TRY(const data::Value state, data::parse_json(json));
  const data::Map* const members = state.get<data::Map>();
  if (members == nullptr) {
    return base::fail(base::Code::invalid, "a state that is no JSON object");
  }
  NodeReport report;
  if (const auto time = base::parse_rfc3339_ns(state.text_at("time"))) report.time_ns = *time;
  report.process = state.text_at("process");
  if (report.process.size() > kProcessBytesMax) report.process.clear();
  report.version = state.text_at("version");
  if (report.version.size() > kVersionBytesMax) report.version.clear();
  report.deployments = count(state, "deployments", report.failing);
  report.cameras = count(state, "cameras", report.failing);
  data::Map rest;
  for (const auto& [key, value] : *members) {
    if (key == data::Value("catalogue")) {
      if (value.get<data::Map>() != nullptr) data::append_json(report.catalogue, value);
    } else {
      rest.emplace_back(key, value);
    }
  }
  data::append_json(report.state, std::move(rest));
  return report;
}

}  // namespace weir::hub
