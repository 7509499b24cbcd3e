// PacketTimes: event times for the packets of one stream, from the timestamps of its container; for
// Demuxer alone.
//
// A plain value of one thread. Container times are nanoseconds from the file's first picture, or
// from an arbitrary start for a camera.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "media/live_clock.h"

namespace weir::media {

struct ContainerTimes {
  std::optional<std::int64_t> present_ns, decode_ns;
  std::int64_t duration_ns = 0;  // 0 = not known
};

struct EventTimes {
  std::int64_t time_ns = 0;
  std::int64_t decode_order_ns = 0;
};

class PacketTimes {
 public:
  static constexpr std::int64_t kFrameNsUnknown = 40'000'000;            // 25 pictures a second
  static constexpr std::int64_t kExpectedNsMax = std::int64_t{1} << 60;  // far from overflow

  explicit PacketTimes(double frame_rate = 0);

  // A file's: `base_ns` is its first picture's event time.
  EventTimes of_file(const ContainerTimes& times, std::int64_t base_ns);
  // A camera's, at its arrival.
  EventTimes of_camera(const ContainerTimes& times, std::int64_t wall_ns,
                       std::int64_t monotonic_ns);

 private:
  std::int64_t present_ns(const ContainerTimes& times);
  std::int64_t in_order(std::int64_t decode_ns);

  std::int64_t frame_ns_;
  std::optional<std::int64_t> expected_ns_;  // when the next picture is due
  std::int64_t last_decode_order_ns_ = std::numeric_limits<std::int64_t>::min();
  LiveClock clock_;
};

}  // namespace weir::media
