// The route of log lines, which node and hub share.
//
// The handler is thread-safe; the log outlives it.
#pragma once

#include <cstddef>

#include "base/recent_log.h"
#include "net/http.h"

namespace weir::net {

inline constexpr std::size_t kLogLinesMax = 1'000;  // in one answer

// GET /api/v1/log[?after=N&limit=N]: the oldest lines numbered above `after`, {"lines": [{"number",
// "time", "level", "component", "text"}], "newest": N}. Without `after` the newest `limit` lines.
Route log_route(const base::RecentLog& log);

}  // namespace weir::net
