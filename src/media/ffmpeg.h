// What demuxer and decoder share of FFmpeg; for src/media alone.
//
// Pure functions and deleters, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/frame.h"

struct AVCodecParameters;
struct AVDictionary;
struct AVPacket;

namespace weir::media {

// FFmpeg's own words for one of its error numbers.
std::string ffmpeg_text(int error);

// Owns what FFmpeg allocated. As the deleter of a packet's `owner` it also tells that the bytes are
// an AVPacket's, with the padding that decoders need.
struct PacketFree {
  void operator()(const AVPacket* packet) const;
};
using PacketHolder = std::unique_ptr<AVPacket, PacketFree>;

PacketHolder new_packet();

// The packet whose bytes `packet` shows; null where they came from elsewhere.
const AVPacket* av_packet_of(const data::Packet& packet);

// Options for libavformat, which takes out those it knows.
class OptionDictionary {
 public:
  OptionDictionary() = default;
  ~OptionDictionary();
  OptionDictionary(const OptionDictionary&) = delete;
  OptionDictionary& operator=(const OptionDictionary&) = delete;

  void set(const char* key, const std::string& value);
  AVDictionary** entries() { return &entries_; }
  // What it did not know; null when it took all.
  const char* left_over() const;

 private:
  AVDictionary* entries_ = nullptr;
};

// Copies the parameters of a stream.
data::StreamFormat stream_format(const AVCodecParameters& parameters, double frame_rate);

// FFmpeg's number for a codec; AV_CODEC_ID_NONE (0) where `codec` names none.
int codec_id(data::Codec codec);

}  // namespace weir::media
