// Clips: demuxes H.264 out of a file and turns it into Annex B access units.
#include "clip.h"

#include <memory>
#include <utility>

extern "C" {
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

namespace weir::sim {
namespace {

constexpr AVRational kNanoseconds = {1, 1'000'000'000};

struct CloseInput {
  void operator()(AVFormatContext* c) const { avformat_close_input(&c); }
};
struct FreeFilter {
  void operator()(AVBSFContext* c) const { av_bsf_free(&c); }
};
struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
using Input = std::unique_ptr<AVFormatContext, CloseInput>;
using Filter = std::unique_ptr<AVBSFContext, FreeFilter>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;

Input open_input(const std::string& path) {
  AVFormatContext* context = nullptr;
  if (avformat_open_input(&context, path.c_str(), nullptr, nullptr) < 0) return nullptr;
  Input input(context);
  if (avformat_find_stream_info(context, nullptr) < 0) return nullptr;
  return input;
}

Filter open_filter(const AVStream& stream) {
  AVBSFContext* context = nullptr;
  if (av_bsf_alloc(av_bsf_get_by_name("h264_mp4toannexb"), &context) < 0) return nullptr;
  Filter filter(context);
  if (avcodec_parameters_copy(filter->par_in, stream.codecpar) < 0) return nullptr;
  filter->time_base_in = stream.time_base;
  if (av_bsf_init(context) < 0) return nullptr;
  return filter;
}

AccessUnit unit_of(const AVPacket& packet, AVRational time_base) {
  const int64_t decode = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  const int64_t present = packet.pts != AV_NOPTS_VALUE ? packet.pts : decode;
  return {.bytes = {packet.data, packet.data + packet.size},
          .decode_ns = av_rescale_q(decode, time_base, kNanoseconds),
          .present_ns = av_rescale_q(present, time_base, kNanoseconds),
          .keyframe = (packet.flags & AV_PKT_FLAG_KEY) != 0};
}

// Shifts the times so that the first unit is decoded at 0.
void start_at_zero(Clip& clip, int64_t last_duration_ns) {
  const int64_t first = clip.units.front().decode_ns;
  for (AccessUnit& unit : clip.units) {
    unit.decode_ns -= first;
    unit.present_ns -= first;
  }
  clip.length_ns = clip.units.back().decode_ns + last_duration_ns;
}

}  // namespace

void Clip::append(const Clip& next) {
  for (AccessUnit unit : next.units) {
    unit.decode_ns += length_ns;
    unit.present_ns += length_ns;
    units.push_back(std::move(unit));
  }
  length_ns += next.length_ns;
}

Clip read_clip(const std::string& path, std::string* error) {
  const auto failed = [&](const std::string& why) {
    *error = path + ": " + why;
    return Clip{};
  };
  const Input input = open_input(path);
  if (!input) return failed("not a video file that can be opened");
  const int index = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (index < 0) return failed("no video stream in it");
  const AVStream& stream = *input->streams[index];
  if (stream.codecpar->codec_id != AV_CODEC_ID_H264) return failed("expected H.264 video");
  const Filter filter = open_filter(stream);
  if (!filter) return failed("its H.264 stream has no usable parameter sets");

  Clip clip;
  int64_t bytes = 0;
  int64_t last_duration_ns = 0;
  const Packet packet(av_packet_alloc());
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    if (packet->stream_index != index) {
      av_packet_unref(packet.get());
      continue;
    }
    if (av_bsf_send_packet(filter.get(), packet.get()) < 0) return failed("damaged packet");
    while (av_bsf_receive_packet(filter.get(), packet.get()) >= 0) {
      bytes += packet->size;
      if (bytes > kClipBytesMax) return failed("larger than the largest clip");
      clip.units.push_back(unit_of(*packet, stream.time_base));
      last_duration_ns = av_rescale_q(packet->duration, stream.time_base, kNanoseconds);
      av_packet_unref(packet.get());
    }
  }
  if (clip.units.empty()) return failed("no picture in it");
  if (!clip.units.front().keyframe) return failed("its first picture is no keyframe");
  start_at_zero(clip, last_duration_ns);
  return clip;
}

}  // namespace weir::sim
