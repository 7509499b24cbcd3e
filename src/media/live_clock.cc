// The least distance between a camera's clock and ours.
#include "media/live_clock.h"

#include <algorithm>

namespace weir::media {

void LiveClock::learn(const Arrival& arrival) {
  follow(arrival.media_ns, steady_wall_ns(arrival));
}

std::int64_t LiveClock::map(const Arrival& arrival) {
  const std::int64_t arrived_ns = steady_wall_ns(arrival);
  if (newest_media_ns_ && arrival.media_ns < *newest_media_ns_ - kReorderNsMax) {
    begin(arrived_ns - arrival.media_ns, arrived_ns);
    newest_media_ns_ = arrival.media_ns;
  } else {
    follow(arrival.media_ns, arrived_ns);
  }
  const std::int64_t time_ns = arrival.media_ns + distance_ns_;
  if (newest_media_ns_ && arrival.media_ns < *newest_media_ns_) {
    return std::min(time_ns, newest_ns_ - 1);  // a reordered picture: before the newest one
  }
  newest_ns_ = newest_media_ns_ ? std::max(time_ns, newest_ns_ + 1) : time_ns;
  newest_media_ns_ = arrival.media_ns;
  return newest_ns_;
}

// The wall clock may be set while a camera streams. Set forward, as at the first contact with a
// time server, it is followed; set back, event times would have to stand still, so it waits for the
// next connection.
std::int64_t LiveClock::steady_wall_ns(const Arrival& arrival) {
  const std::int64_t now = arrival.wall_ns - arrival.monotonic_ns;
  if (!wall_minus_monotonic_ns_ || now > *wall_minus_monotonic_ns_ + kJumpNs) {
    wall_minus_monotonic_ns_ = now;
  }
  return arrival.monotonic_ns + *wall_minus_monotonic_ns_;
}

void LiveClock::follow(std::int64_t media_ns, std::int64_t arrived_ns) {
  const std::int64_t distance_ns = arrived_ns - media_ns;
  if (!begun_) begin(distance_ns, arrived_ns);
  if (arrived_ns - window_start_ns_ >= kWindowNs) {
    least_before_ = least_;
    least_ = distance_ns;
    window_start_ns_ = arrived_ns;
  }
  least_ = std::min(least_, distance_ns);
  const std::int64_t least = std::min(least_, least_before_);
  if (least > distance_ns_ + kJumpNs) {
    begin(distance_ns, arrived_ns);
  } else if (least <= distance_ns_) {
    distance_ns_ = least;
  } else {
    const std::int64_t rise = (arrived_ns - slewed_at_ns_) * kSlewPpm / 1'000'000;
    distance_ns_ = std::min(least, distance_ns_ + std::max<std::int64_t>(rise, 0));
  }
  slewed_at_ns_ = arrived_ns;
}

void LiveClock::begin(std::int64_t distance_ns, std::int64_t arrived_ns) {
  begun_ = true;
  distance_ns_ = least_ = least_before_ = distance_ns;
  window_start_ns_ = slewed_at_ns_ = arrived_ns;
}

}  // namespace weir::media
