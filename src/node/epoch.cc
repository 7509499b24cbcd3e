// The time in seconds, and behind it bits that were drawn.
#include "node/epoch.h"

#include <algorithm>
#include <random>

namespace weir::node {
namespace {

// A clock that stands at 1970 at each boot gives the same seconds; the bits behind them do not.
constexpr int kRandomBits = 30;
constexpr std::int64_t kSecondsMax = (std::int64_t{1} << (63 - kRandomBits)) - 1;  // in 2242

std::int64_t draw(const base::Clock& clock) {
  const std::int64_t seconds =
      std::clamp<std::int64_t>(clock.wall_ns() / 1'000'000'000, 0, kSecondsMax);
  const std::int64_t random = std::random_device{}() & ((1U << kRandomBits) - 1);
  return (seconds << kRandomBits) | random;
}

}  // namespace

base::Result<std::int64_t> next_epoch(store::Database& database, const base::Clock& clock) {
  std::int64_t epoch = 0;
  TRY_DO(database.transaction([&]() -> base::Result<> {
    TRY(auto raise, database.prepare("UPDATE epoch SET newest = max(newest + 1, ?)"));
    raise.bind(1, draw(clock));
    TRY_DO(raise.run());
    TRY(auto read, database.prepare("SELECT newest FROM epoch"));
    TRY(const bool found, read.step());
    if (!found) return base::fail(base::Code::corrupt, "the epoch of ids is gone");
    epoch = read.int64(0);
    return {};
  }));
  return epoch;
}

}  // namespace weir::node
