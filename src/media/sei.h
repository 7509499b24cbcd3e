// The time at which a camera took a picture, as it writes it into the stream.
//
// Pure function, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace weir::media {

// Reads an H.264 or H.265 SEI message user_data_unregistered (H.264, clause D.2.7) after MISB ST
// 0604, "Timestamps for Class 1/Class 2 Motion Imagery": the UUID "MISPmicrosectime", a status
// byte, and microseconds since 1970-01-01T00:00:00Z in eight bytes, big-endian, with 0xFF after
// every two. In nanoseconds; null where `message` is none such, or lies beyond the years that fit.
std::optional<std::int64_t> precision_time_ns(std::span<const std::uint8_t> message);

}  // namespace weir::media
