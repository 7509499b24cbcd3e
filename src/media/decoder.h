// Decoder: packets of one video stream to frames, in the order in which they are shown.
//
// Belongs to one thread at a time. Frames refer to the memory that libavcodec filled and outlive
// the decoder. They are i420 or nv12 as the stream has them; what is neither is converted to i420.
// A stream may change its resolution.
//
// What is damaged is not shown: after a discontinuity, a packet that cannot be decoded, a picture
// with errors or one that refers to a picture that never came, everything up to the next keyframe
// is dropped and counted. So of an H.264 stream that leaves pictures out on purpose
// (gaps_in_frame_num_value_allowed_flag), what lies between a gap and a keyframe is not shown.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/frame.h"

namespace weir::media {

inline constexpr std::int64_t kPixelsMax = std::int64_t{1} << 26;  // of one picture: 8192 x 8192
inline constexpr std::size_t kHeldBackMax = 256;  // packets whose picture has not come out yet

using FrameRef = std::shared_ptr<const data::Frame>;

struct DecodedFrame {
  FrameRef frame;
  // Event time of its packet; rises from frame to frame. Where packets came without a time of
  // presentation, the earliest of a packet whose time no picture has yet.
  std::int64_t time_ns = 0;
};

class Decoder {
 public:
  struct Counts {
    std::int64_t packets = 0;          // taken
    std::int64_t frames = 0;           // given
    std::int64_t packets_dropped = 0;  // while a keyframe was awaited
    std::int64_t frames_dropped = 0;   // damaged
    std::int64_t errors = 0;           // packets or pictures found damaged
  };

  // Errors: wrong_type (not a video, or a codec that is not there), corrupt (its parameters).
  static base::Result<std::unique_ptr<Decoder>> open(
      std::shared_ptr<const data::StreamFormat> format);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // The frames that are complete with this packet: none, one or several.
  std::vector<DecodedFrame> decode(const data::PacketRef& packet);
  // Those held back, at the end of the stream. Packets may follow, from a keyframe on.
  std::vector<DecodedFrame> flush();

  // No frame earlier than this is still to come of the packets taken; null where none is held back.
  // Of those not taken yet none comes before the decode_order_ns of the last one.
  std::optional<std::int64_t> held_back_ns() const;
  const Counts& counts() const { return counts_; }
  // What was wrong the last time, for a message; empty as long as nothing was.
  const std::string& last_error() const { return last_error_; }

 private:
  class Codec;
  struct Pending {
    std::int64_t time_ns, received_ns;
  };

  explicit Decoder(std::unique_ptr<Codec> codec);
  bool send(const data::Packet& packet);
  bool receive(std::vector<DecodedFrame>& frames);
  void give(std::vector<DecodedFrame>& frames);
  void drain(std::vector<DecodedFrame>& frames);
  bool damaged(int error);

  std::unique_ptr<Codec> codec_;
  std::map<std::int64_t, Pending> pending_;  // by the packet's number, oldest first
  static constexpr std::int64_t kNothingDamaged = std::numeric_limits<std::int64_t>::max();
  std::int64_t next_number_ = 0;
  std::int64_t damaged_from_ = kNothingDamaged;  // number of the first picture that is
  std::int64_t last_time_ns_ = std::numeric_limits<std::int64_t>::min();
  bool awaiting_keyframe_ = true;
  Counts counts_;
  std::string last_error_;
};

}  // namespace weir::media
