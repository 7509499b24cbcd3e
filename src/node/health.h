// Health: whether a node can keep what it is given.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace weir::node {

inline constexpr std::size_t kProbeBytes = 4096;

// Writes a file of kProbeBytes in the data folder, where the database and the uplink's logs are,
// and removes it. Error: io, with the reason; the disk is full, say.
base::Result<> check_writable(const std::string& data);

}  // namespace weir::node
