// Repairs timestamps and lays them on the event time line.
#include "media/packet_times.h"

#include <algorithm>

namespace weir::media {

PacketTimes::PacketTimes(double frame_rate, Reordering reordering)
    : frame_ns_(frame_rate > 0 ? static_cast<std::int64_t>(1e9 / std::max(frame_rate, 1e-3))
                               : kFrameNsUnknown),
      reordering_(reordering) {}

EventTimes PacketTimes::of_file(const ContainerTimes& times, std::int64_t base_ns) {
  const std::int64_t present = present_ns(times);
  return in_order({base_ns + present, base_ns + decode_ns(times, present)});
}

void PacketTimes::learn(const ContainerTimes& times, std::int64_t wall_ns,
                        std::int64_t monotonic_ns) {
  const auto known_ns = times.present_ns ? times.present_ns : times.decode_ns;
  if (known_ns) clock_.learn({*known_ns, wall_ns, monotonic_ns});
}

EventTimes PacketTimes::of_camera(const ContainerTimes& times, std::int64_t wall_ns,
                                  std::int64_t monotonic_ns) {
  const std::int64_t present = present_ns(times);
  const std::int64_t time_ns = clock_.map({present, wall_ns, monotonic_ns});
  return in_order({time_ns, time_ns - (present - decode_ns(times, present))});
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

// Matroska, for one, gives no times of decoding; a picture is decoded at most so long before it is
// shown.
std::int64_t PacketTimes::decode_ns(const ContainerTimes& times, std::int64_t present_ns) const {
  const std::int64_t early = reordering_ == Reordering::none ? 0 : kReorderMax * frame_ns_;
  return times.decode_ns.value_or(present_ns - early);
}

EventTimes PacketTimes::in_order(EventTimes times) {
  last_decode_order_ns_ =
      std::max(last_decode_order_ns_, std::min(times.decode_order_ns, times.time_ns));
  return {std::max(times.time_ns, last_decode_order_ns_), last_decode_order_ns_};
}

}  // namespace weir::media
