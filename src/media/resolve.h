// Resolve: a host's name to its address, with a deadline, which getaddrinfo lacks.
//
// Thread-safe. The system's resolver cannot be interrupted: a query that takes longer than the
// deadline goes on in a thread of its own until the resolver gives up (resolv.conf, by default
// within 30 s), and its answer is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace weir::media {

// The first address of `host` as text, an address itself unchanged. `give_up` is asked every
// kResolvePollNs. Errors: network (no such host), timeout (`give_up` said so).
inline constexpr std::int64_t kResolvePollNs = 20'000'000;
base::Result<std::string> resolve(const std::string& host, const std::function<bool()>& give_up);

}  // namespace weir::media
