// Track: a stream of a container, its timestamps as event times; for Demuxer alone.
//
// A plain value of one thread. Timestamps are in units of the stream's time base, as libavformat
// gives them, which may be absent, wrong or absurd.
#pragma once

#include <cstdint>
#include <optional>

#include "media/packet_times.h"

struct AVPacket;
struct AVStream;

namespace weir::media {

class Track {
 public:
  // `frame_rate` 0: not known.
  Track(const AVStream& stream, double frame_rate);

  // The timestamp of the file's first picture, in units of `other`'s time base.
  void begin_at(std::int64_t stamp, const Track& other);
  // False for what is noise.
  bool plausible(std::int64_t stamp) const;

  EventTimes of_file(const AVPacket& packet, std::int64_t base_ns);
  std::int64_t restarts() const { return times_.restarts(); }  // of the file's clock
  // A camera's. Of packets that came before, `learn` is told first: media/live_clock.h.
  void learn(const AVPacket& packet, std::int64_t wall_ns, std::int64_t monotonic_ns);
  EventTimes of_camera(const AVPacket& packet, std::int64_t wall_ns, std::int64_t monotonic_ns);

 private:
  ContainerTimes times(const AVPacket& packet) const;
  std::optional<std::int64_t> ns(std::int64_t stamp) const;  // from the origin

  int time_base_num_, time_base_den_;
  std::int64_t origin_ = 0;
  PacketTimes times_;
};

}  // namespace weir::media
