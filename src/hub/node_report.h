// NodeReport: what a node says of itself, taken from its state message.
//
//   {"time": RFC 3339, "process": "…", "version": "…", "deployments": […], "cameras": […],
//   "catalogue": {…}, …}
//
// A pure function over hostile text: what is absent or of another type counts as not said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::hub {

inline constexpr std::size_t kVersionBytesMax = 64;
inline constexpr std::size_t kProcessBytesMax = 64;

struct NodeReport {
  std::optional<std::int64_t> time_ns;       // the node's wall clock
  std::string process;                       // which of those that ever ran; "": not said
  std::string version;                       // "": not said
  std::size_t deployments = 0, cameras = 0;  // how many
  std::size_t failing = 0;                   // of both, those that are "failed" or "frozen"
  std::string state;                         // the whole object, JSON, without the catalogue
  std::string catalogue;                     // JSON; "": not said
};

// Error: invalid, where it is no JSON object.
base::Result<NodeReport> read_report(std::string_view json);

}  // namespace weir::hub
