// Repairs timestamps and lays them on the event time line.
#include "media/packet_times.h"

#include <algorithm>

namespace weir::media {

PacketTimes::PacketTimes(double frame_rate, Reordering reordering)
    : frame_ns_(frame_rate > 0 ? static_cast<std::int64_t>(1e9 / std::max(frame_rate, 1e-3))
                               : kFrameNsUnknown),
      reordering_(reordering) {}

EventTimes PacketTimes::of_file(const ContainerTimes& times, std::int64_t base_ns) {
  const ContainerTimes told = continued(times);
  const std::int64_t present = present_ns(told);
  end_ns_ = std::max(end_ns_, *expected_ns_);
  return in_order({base_ns + present, base_ns + decode_ns(told, present)});
}

// The clock is that of decoding, which never goes back by itself; where there is none, pictures are
// reordered. A few packets with a time of long ago, after which the old clock goes on, are noise.
ContainerTimes PacketTimes::continued(const ContainerTimes& times) {
  const auto clock_ns = times.decode_ns ? times.decode_ns : times.present_ns;
  if (!clock_ns) return times;
  const std::int64_t back_ns =
      times.decode_ns ? kRestartNsMin : std::max(kRestartNsMin, kReorderMax * frame_ns_);
  const std::int64_t step_ns = *clock_ns - clock_ns_.value_or(*clock_ns);
  if (before_ && ++before_->packets > kReorderMax) before_.reset();
  if (step_ns <= -back_ns) {
    before_ = {.clock_ns = *clock_ns_, .shift_ns = shift_ns_};
    shift_ns_ = end_ns_ - times.present_ns.value_or(*clock_ns);
    ++restarts_;
  } else if (before_ && step_ns >= back_ns && *clock_ns >= before_->clock_ns - back_ns) {
    shift_ns_ = before_->shift_ns;
    before_.reset();
  }
  clock_ns_ = clock_ns;
  ContainerTimes shifted = times;
  if (shifted.present_ns) *shifted.present_ns += shift_ns_;
  if (shifted.decode_ns) *shifted.decode_ns += shift_ns_;
  return shifted;
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

// Where the container gives no time of presentation, times rise in the order of decoding: by the
// time of decoding, else by what the stream's rate lets expect. The decoder, which alone knows the
// order of presentation, hands them out in that.
std::int64_t PacketTimes::present_ns(const ContainerTimes& times) {
  std::int64_t present = 0;
  if (times.present_ns) {
    present = *times.present_ns;
    if (times.decode_ns && !lead_ns_)
      lead_ns_ = std::clamp<std::int64_t>(present - *times.decode_ns, 0, kReorderMax * frame_ns_);
  } else if (times.decode_ns) {
    present = *times.decode_ns + lead_ns_.value_or(0);
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
