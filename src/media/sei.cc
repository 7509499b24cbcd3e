// MISB ST 0604 time stamps.
#include "media/sei.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace weir::media {

std::optional<std::int64_t> precision_time_ns(std::span<const std::uint8_t> message) {
  constexpr std::string_view kUuid = "MISPmicrosectime";
  constexpr std::size_t kTimeAt = kUuid.size() + 1;  // after the status byte
  constexpr std::size_t kTimeSize = 11;
  constexpr std::uint8_t kGuard = 0xFF;
  if (message.size() < kTimeAt + kTimeSize ||
      !std::equal(kUuid.begin(), kUuid.end(), message.begin())) {
    return std::nullopt;
  }
  const auto time = message.subspan(kTimeAt, kTimeSize);
  std::uint64_t us = 0;
  for (std::size_t i = 0; i < kTimeSize; ++i) {
    const bool guard = i % 3 == 2;  // it keeps start codes from arising in the time
    if (guard && time[i] != kGuard) return std::nullopt;
    if (!guard) us = us << 8 | time[i];
  }
  constexpr std::uint64_t kNsPerUs = 1'000;
  if (us > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / kNsPerUs)
    return std::nullopt;
  return static_cast<std::int64_t>(us * kNsPerUs);
}

}  // namespace weir::media
