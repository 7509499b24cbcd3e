// The state message of a node, read.
#include "hub/node_report.h"

#include <utility>

#include "base/text.h"
#include "data/json.h"

namespace weir::hub {
namespace {

std::string text_of(const data::Value& state, std::string_view key) {
  const data::Value* const value = state.find(key);
  const std::string* const text = value == nullptr ? nullptr : value->get<std::string>();
  return text == nullptr ? std::string() : *text;
}

// How many a list has; those that fail are added to `failing`.
std::size_t count(const data::Value& state, std::string_view key, std::size_t& failing) {
  const data::Value* const value = state.find(key);
  const data::List* const list = value == nullptr ? nullptr : value->get<data::List>();
  if (list == nullptr) return 0;
  for (const data::Value& item : *list) {
    const std::string how = text_of(item, "state");
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
  if (const auto time = base::parse_rfc3339_ns(text_of(state, "time"))) report.time_ns = *time;
  report.process = text_of(state, "process");
  if (report.process.size() > kProcessBytesMax) report.process.clear();
  report.version = text_of(state, "version");
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
