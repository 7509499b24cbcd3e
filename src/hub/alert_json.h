// Alerts as JSON, for REST and the live feed.
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_writer.h"
#include "hub/alerts.h"

namespace weir::hub {

// {"number", "node", "id", "time", "received", "device", "title", "deployment", "step", "picture",
// "acknowledged": {"time", "by"}, "record": {…}}; texts that are empty are left out, `record` is
// the node's own.
void write_alert(data::JsonWriter& json, std::string_view key, const Alert& alert);
// With "comments": [{"time", "by", "text"}].
std::string alert_json(const Alert& alert, const std::vector<Comment>& comments);
// With "committed": from this time on, the alert survives whatever happens.
std::string live_alert_json(const Alert& alert, std::int64_t committed_ns);

}  // namespace weir::hub
