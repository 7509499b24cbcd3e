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

// decode_order_ns never goes back, and no picture has a time before that of its packet: so from a
// packet on, nothing earlier than its decode_order_ns comes.
struct EventTimes {
  std::int64_t time_ns = 0;
  std::int64_t decode_order_ns = 0;
};

class PacketTimes {
 public:
  static constexpr std::int64_t kFrameNsUnknown = 40'000'000;            // 25 pictures a second
  static constexpr std::int64_t kExpectedNsMax = std::int64_t{1} << 60;  // far from overflow

  // H.264 and H.265 move a picture by at most 16 places.
  static constexpr int kReorderMax = 16;

  // A file's clock that goes back at least so far began anew; less is noise, and stays.
  static constexpr std::int64_t kRestartNsMin = 500'000'000;
  enum class Reordering : std::uint8_t { none, possible };

  // `frame_rate` 0: not known.
  PacketTimes(double frame_rate, Reordering reordering);

  // A file's: `base_ns` is its first picture's event time. Where the container's clock begins anew,
  // as where recordings were joined end to end, times go on behind the last picture's.
  EventTimes of_file(const ContainerTimes& times, std::int64_t base_ns);
  std::int64_t restarts() const { return restarts_; }  // how often it did
  // A camera's, at its arrival. Of packets that came before, `learn` is told first.
  void learn(const ContainerTimes& times, std::int64_t wall_ns, std::int64_t monotonic_ns);
  EventTimes of_camera(const ContainerTimes& times, std::int64_t wall_ns,
                       std::int64_t monotonic_ns);

 private:
  // What a file's clock was before it began anew.
  struct Before {
    std::int64_t clock_ns = 0, shift_ns = 0;
    int packets = 0;  // that came since
  };

  ContainerTimes continued(const ContainerTimes& times);
  std::int64_t present_ns(const ContainerTimes& times);
  std::int64_t decode_ns(const ContainerTimes& times, std::int64_t present_ns) const;
  EventTimes in_order(EventTimes times);

  std::int64_t frame_ns_;
  Reordering reordering_;
  std::optional<std::int64_t> expected_ns_;  // when the next picture is due
  std::optional<std::int64_t> lead_ns_;      // from decoding to presentation, of the first picture
  std::optional<std::int64_t> clock_ns_;  // of a file, at the last packet, as the container has it
  std::optional<Before> before_;
  std::int64_t shift_ns_ = 0;  // from the container's clock to times that go on
  std::int64_t end_ns_ = std::numeric_limits<std::int64_t>::min();  // of the latest picture
  std::int64_t restarts_ = 0;
  std::int64_t last_decode_order_ns_ = std::numeric_limits<std::int64_t>::min();
  LiveClock clock_;
};

}  // namespace weir::media
