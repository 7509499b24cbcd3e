// Repairs timestamps and lays them on the event time line.
#include "media/packet_times.h"

#include <algorithm>

namespace weir::media {

PacketTimes::PacketTimes(double frame_rate)
    : frame_ns_(frame_rate > 0 ? static_cast<std::int64_t>(1e9 / std::max(frame_rate, 1e-3))
                               : kFrameNsUnknown) {}

EventTimes PacketTimes::of_file(const ContainerTimes& times, std::int64_t base_ns) {
  const std::int64_t present = present_ns(times);
  return {base_ns + present, in_order(base_ns + times.decode_ns.value_or(present))};
}

EventTimes PacketTimes::of_camera(const ContainerTimes& times, std::int64_t wall_ns,
                                  std::int64_t monotonic_ns) {
  const std::int64_t present = present_ns(times);
  const std::int64_t time_ns = clock_.map({present, wall_ns, monotonic_ns});
  const std::int64_t early_ns =
      std::max<std::int64_t>(present - times.decode_ns.value_or(present), 0);
  return {time_ns, in_order(time_ns - early_ns)};
}

// Where the container gives no time of presentation, that of decoding is the next best, then what
// the stream's rate lets expect.
std::int64_t PacketTimes::present_ns(const ContainerTimes& times) {
  std::int64_t present = 0;
  if (times.present_ns) {
    present = *times.present_ns;
  } else if (times.decode_ns) {
    present = *times.decode_ns;
  } else {
    present = expected_ns_.value_or(0);
  }
  expected_ns_ =
      std::min(present + (times.duration_ns > 0 ? times.duration_ns : frame_ns_), kExpectedNsMax);
  return present;
}

std::int64_t PacketTimes::in_order(std::int64_t decode_ns) {
  last_decode_order_ns_ = std::max(last_decode_order_ns_, decode_ns);
  return last_decode_order_ns_;
}

}  // namespace weir::media
