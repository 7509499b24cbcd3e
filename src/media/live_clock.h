// LiveClock: event times for a camera's pictures, from its own timestamps and from when they
// arrive.
//
// A camera's timestamps have the right distances but an unknown start and a clock that drifts;
// arrivals have our clock but jitter, and a packet can be late by any time, never early. So the
// distance between the two clocks is the smallest one seen lately: it falls at once when a packet
// arrives faster than any before, and rises only slowly (kSlewPpm, more than quartz drifts), so one
// late packet moves nothing. Only when all packets of a window lie beyond kJumpNs has a clock
// jumped, and the mapping begins anew. Event times never lie after the arrival, save to keep their
// order.
//
// Belongs to one thread at a time. All times are nanoseconds.
#pragma once

#include <cstdint>
#include <optional>

namespace weir::media {

class LiveClock {
 public:
  static constexpr std::int64_t kSlewPpm = 1'000;
  static constexpr std::int64_t kWindowNs = 5'000'000'000;  // two of them are looked back on
  static constexpr std::int64_t kJumpNs = 2'000'000'000;
  // A timestamp this much lower than one before is not a reordered picture's: the camera began
  // anew.
  static constexpr std::int64_t kReorderNsMax = 10'000'000'000;

  struct Arrival {
    std::int64_t media_ns = 0;  // the camera's timestamp of the picture
    std::int64_t wall_ns = 0;
    std::int64_t monotonic_ns = 0;
  };

  // Takes note of an arrival without giving it a time. Pictures that came before any is given one
  // are told here first, all of them: then those that came too late have the right times, too.
  void learn(const Arrival& arrival);
  // The event time of a picture. Where timestamps rise, event times rise; it never repeats the
  // newest one.
  std::int64_t map(const Arrival& arrival);

 private:
  std::int64_t steady_wall_ns(const Arrival& arrival);
  void follow(std::int64_t media_ns, std::int64_t arrived_ns);
  void begin(std::int64_t distance_ns, std::int64_t arrived_ns);

  std::optional<std::int64_t> wall_minus_monotonic_ns_;
  bool begun_ = false;
  std::int64_t distance_ns_ = 0;               // event time - camera's timestamp
  std::int64_t slewed_at_ns_ = 0;              // arrival up to which distance_ns_ was let rise
  std::int64_t window_start_ns_ = 0;           // of the current window, by arrival
  std::int64_t least_ = 0, least_before_ = 0;  // distance in the current window, in the one before
  std::optional<std::int64_t> newest_media_ns_;
  std::int64_t newest_ns_ = 0;  // event time
};

}  // namespace weir::media
