// What a run counted, for people and for programs.
#pragma once

#include <string>

#include "base/result.h"
#include "node/node.h"

namespace weir::cli {

// A table of operators and streams.
std::string counter_table(const node::NodeStatus& status);
// {"deployments": [{"name", "operators": [{"id", "operator", "in", "out", "dropped", "errors",
// "seconds"}]}], "cameras": [{"device", …}]}
std::string counter_json(const node::NodeStatus& status);
base::Result<> write_text(const std::string& path, const std::string& text);

}  // namespace weir::cli
