// Any bytes as a video file: opening and reading it comes to an end, packets keep the order that
// the demuxer promises, and what they hold is decoded or refused.
#include "media/demuxer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "media/decoder.h"

namespace {

using namespace weir;

constexpr int kPacketsMax = 200;
constexpr std::int64_t kTimeoutNs = 2'000'000'000;
constexpr int kSideMax = 2'048;  // larger pictures only take time

// A file in memory.
class File {
 public:
  File(const std::uint8_t* data, std::size_t size) : number_(memfd_create("video", MFD_CLOEXEC)) {
    CHECK(number_ >= 0 && write(number_, data, size) == static_cast<ssize_t>(size));
  }
  ~File() { close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  const int number_;
};

void check_frames(const std::vector<media::DecodedFrame>& frames, std::int64_t& last_ns) {
  for (const media::DecodedFrame& one : frames) {
    CHECK(one.frame != nullptr && one.frame->width > 0 && one.frame->height > 0);
    CHECK(one.time_ns > last_ns);
    last_ns = one.time_ns;
  }
}

// A stream as the operators treat it: its decoder is opened at the first packet.
struct Stream {
  std::unique_ptr<media::Decoder> decoder;
  bool refused = false;
  std::int64_t decode_order_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t shown_ns = std::numeric_limits<std::int64_t>::min();
};

void take(Stream& stream, const data::PacketRef& packet) {
  CHECK(packet->format != nullptr && !packet->bytes.empty());
  CHECK(packet->decode_order_ns >= stream.decode_order_ns);
  CHECK(packet->time_ns >= packet->decode_order_ns);
  stream.decode_order_ns = packet->decode_order_ns;
  if (stream.refused) return;
  if (stream.decoder == nullptr) {
    auto decoder = media::Decoder::open(packet->format);
    stream.refused =
        !decoder || packet->format->width > kSideMax || packet->format->height > kSideMax;
    if (stream.refused) return;
    stream.decoder = *std::move(decoder);
  }
  check_frames(stream.decoder->decode(packet), stream.shown_ns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const File file(bytes, size);
  static const base::SystemClock clock;
  media::Demuxer::Options options;
  options.open_timeout_ns = options.read_timeout_ns = kTimeoutNs;
  const auto demuxer = media::Demuxer::open(file.path(), options, clock);
  if (!demuxer) {
    CHECK(demuxer.error().message.find(file.path()) != std::string::npos);
    return 0;
  }
  CHECK(!(*demuxer)->live() && !(*demuxer)->streams().empty());
  std::map<int, Stream> streams;
  for (int i = 0; i < kPacketsMax; ++i) {
    const auto packet = (*demuxer)->read();
    if (!packet) {
      CHECK(!packet.error().message.empty());
      break;
    }
    take(streams[(*packet)->stream], *packet);
  }
  for (auto& [index, stream] : streams) {
    if (stream.decoder == nullptr) continue;
    check_frames(stream.decoder->flush(), stream.shown_ns);
    CHECK(!stream.decoder->held_back_ns());
  }
  return 0;
}
