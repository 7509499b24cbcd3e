// FFmpeg's objects as ours.
#include "media/ffmpeg.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
}

#include <utility>

#include "base/check.h"

namespace weir::media {
namespace {

struct CodecNumber {
  data::Codec codec;
  AVCodecID id;
};

constexpr CodecNumber kCodecs[] = {
    {data::Codec::h264, AV_CODEC_ID_H264},   {data::Codec::hevc, AV_CODEC_ID_HEVC},
    {data::Codec::mjpeg, AV_CODEC_ID_MJPEG}, {data::Codec::mpeg4, AV_CODEC_ID_MPEG4},
    {data::Codec::vp8, AV_CODEC_ID_VP8},     {data::Codec::vp9, AV_CODEC_ID_VP9},
    {data::Codec::av1, AV_CODEC_ID_AV1},     {data::Codec::raw_video, AV_CODEC_ID_RAWVIDEO},
};

data::Codec codec_of(const AVCodecParameters& parameters) {
  for (const CodecNumber& known : kCodecs) {
    if (known.id == parameters.codec_id) return known.codec;
  }
  switch (parameters.codec_type) {
    case AVMEDIA_TYPE_VIDEO: return data::Codec::other_video;
    case AVMEDIA_TYPE_AUDIO: return data::Codec::audio;
    case AVMEDIA_TYPE_UNKNOWN: return data::Codec::unknown;
    default: return data::Codec::data;
  }
}

}  // namespace

std::string ffmpeg_text(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

void PacketFree::operator()(const AVPacket* packet) const {
  auto* own = const_cast<AVPacket*>(packet);
  av_packet_free(&own);
}

PacketHolder new_packet() {
  PacketHolder packet(av_packet_alloc());
  CHECK(packet != nullptr);
  return packet;
}

const AVPacket* av_packet_of(const data::Packet& packet) {
  if (std::get_deleter<PacketFree>(packet.owner) == nullptr) return nullptr;
  const auto* known = static_cast<const AVPacket*>(packet.owner.get());
  const bool whole = known->data == packet.bytes.data() &&
                     static_cast<std::size_t>(known->size) == packet.bytes.size();
  return whole ? known : nullptr;
}

OptionDictionary::~OptionDictionary() {
  av_dict_free(&entries_);
}

void OptionDictionary::set(const char* key, const std::string& value) {
  av_dict_set(&entries_, key, value.c_str(), 0);
}

const char* OptionDictionary::left_over() const {
  const AVDictionaryEntry* entry = av_dict_get(entries_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
  return entry == nullptr ? nullptr : entry->key;
}

data::StreamFormat stream_format(const AVCodecParameters& parameters, double frame_rate) {
  std::shared_ptr<AVCodecParameters> copy(
      avcodec_parameters_alloc(), [](AVCodecParameters* own) { avcodec_parameters_free(&own); });
  CHECK(copy != nullptr && avcodec_parameters_copy(copy.get(), &parameters) >= 0);
  data::StreamFormat format;
  format.codec = codec_of(parameters);
  format.codec_name = avcodec_get_name(parameters.codec_id);
  format.width = parameters.width;
  format.height = parameters.height;
  format.frame_rate = frame_rate;
  format.parameters = std::move(copy);
  return format;
}

int codec_id(data::Codec codec) {
  for (const CodecNumber& known : kCodecs) {
    if (known.codec == codec) return known.id;
  }
  return AV_CODEC_ID_NONE;
}

}  // namespace weir::media
