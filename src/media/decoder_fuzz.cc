// Any bytes as the packets of a camera: each is taken, what is shown rises in time, and every
// packet and picture is counted.
//
// The first byte of the input chooses the codec; then come packets: a byte of flags, two of length,
// least significant first, and the bytes.
#include "media/decoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "base/check.h"

namespace {

using namespace weir;

constexpr std::int64_t kFrameNs = 40'000'000;
constexpr std::size_t kHeadBytes = 3;  // of a packet
constexpr std::uint8_t kKeyframe = 1, kDiscontinuity = 2;
constexpr data::Codec kCodecs[] = {data::Codec::h264, data::Codec::hevc, data::Codec::mjpeg};

// Takes the next packet off `bytes`.
data::PacketRef next_packet(std::span<const std::uint8_t>& bytes,
                            const std::shared_ptr<const data::StreamFormat>& format,
                            std::int64_t time_ns) {
  const std::size_t length = bytes[1] | bytes[2] << 8;
  const auto body = bytes.subspan(kHeadBytes, std::min(length, bytes.size() - kHeadBytes));
  auto memory = std::make_shared<const std::vector<std::uint8_t>>(body.begin(), body.end());
  auto packet = std::make_shared<data::Packet>();
  packet->format = format;
  packet->bytes = *memory;
  packet->owner = memory;
  packet->time_ns = packet->decode_order_ns = time_ns;
  packet->keyframe = (bytes[0] & kKeyframe) != 0;
  packet->discontinuity = (bytes[0] & kDiscontinuity) != 0;
  bytes = bytes.subspan(kHeadBytes + body.size());
  return packet;
}

struct Shown {
  std::int64_t frames = 0;
  std::int64_t last_ns = std::numeric_limits<std::int64_t>::min();

  void add(const std::vector<media::DecodedFrame>& more) {
    for (const media::DecodedFrame& one : more) {
      CHECK(one.time_ns > last_ns && one.frame->width > 0 && one.frame->height > 0);
      last_ns = one.time_ns;
      ++frames;
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = kCodecs[data[0] % std::size(kCodecs)];
  const auto decoder = media::Decoder::open(format);
  CHECK(decoder.has_value());
  std::span<const std::uint8_t> bytes(data + 1, size - 1);
  Shown shown;
  std::int64_t packets = 0;
  while (bytes.size() >= kHeadBytes) {
    shown.add((*decoder)->decode(next_packet(bytes, format, packets++ * kFrameNs)));
  }
  shown.add((*decoder)->flush());
  const media::Decoder::Counts& counts = (*decoder)->counts();
  CHECK(counts.packets == packets && counts.frames == shown.frames);
  CHECK(counts.packets_dropped <= packets && counts.errors >= 0);
  CHECK((counts.errors > 0) == !(*decoder)->last_error().empty() || counts.frames_dropped > 0);
  return 0;
}
