// Timestamps of libavformat as event times.
#include "media/track.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace weir::media {
namespace {

// Timestamps beyond this are noise, and would overflow what is computed from them.
constexpr std::int64_t kTimestampNsMax = std::int64_t{1} << 59;
constexpr std::int64_t kDurationNsMax = 3'600'000'000'000;
constexpr AVRational kNanoseconds = {1, 1'000'000'000};

PacketTimes::Reordering reordering_of(const AVStream& stream) {
  return stream.codecpar->video_delay == 0 ? PacketTimes::Reordering::none
                                           : PacketTimes::Reordering::possible;
}

}  // namespace

Track::Track(const AVStream& stream, double frame_rate)
    : time_base_num_(stream.time_base.num),
      time_base_den_(stream.time_base.den),
      times_(frame_rate, reordering_of(stream)) {}

void Track::begin_at(std::int64_t stamp, const Track& other) {
  origin_ = av_rescale_q(stamp, {other.time_base_num_, other.time_base_den_},
                         {time_base_num_, time_base_den_});
}

bool Track::plausible(std::int64_t stamp) const {
  const std::int64_t limit =
      av_rescale_q(kTimestampNsMax, kNanoseconds, {time_base_num_, time_base_den_});
  return stamp != AV_NOPTS_VALUE && stamp >= origin_ - limit && stamp <= origin_ + limit;
}

EventTimes Track::of_file(const AVPacket& packet, std::int64_t base_ns) {
  return times_.of_file(times(packet), base_ns);
}

void Track::learn(const AVPacket& packet, std::int64_t wall_ns, std::int64_t monotonic_ns) {
  times_.learn(times(packet), wall_ns, monotonic_ns);
}

EventTimes Track::of_camera(const AVPacket& packet, std::int64_t wall_ns,
                            std::int64_t monotonic_ns) {
  return times_.of_camera(times(packet), wall_ns, monotonic_ns);
}

ContainerTimes Track::times(const AVPacket& packet) const {
  const AVRational time_base = {time_base_num_, time_base_den_};
  const std::int64_t longest = av_rescale_q(kDurationNsMax, kNanoseconds, time_base);
  const bool known = packet.duration > 0 && packet.duration < longest;
  return {.present_ns = ns(packet.pts),
          .decode_ns = ns(packet.dts),
          .duration_ns = known ? av_rescale_q(packet.duration, time_base, kNanoseconds) : 0};
}

std::optional<std::int64_t> Track::ns(std::int64_t stamp) const {
  if (!plausible(stamp)) return std::nullopt;
  return av_rescale_q(stamp - origin_, {time_base_num_, time_base_den_}, kNanoseconds);
}

}  // namespace weir::media
