// KeyframeCheck: notices a camera that sends packets, but no pictures.
//
// Nothing but decoding tells noise from pictures, so now and then one keyframe is decoded: often at
// first, then every kIntervalNsMax, which costs about a thousandth of a core for a full-HD camera.
// Built with WEIR_MEDIA. Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "data/frame.h"

namespace weir::drivers {

class KeyframeCheck {
 public:
  static constexpr std::int64_t kIntervalNsMin = 1'000'000'000;
  static constexpr std::int64_t kIntervalNsMax = 10'000'000'000;
  static constexpr int kDamagedMax = 3;  // keyframes in a row; fewer are a bad network
  // Some cameras save keyframes where nothing moves; without any nobody can begin to look.
  static constexpr std::int64_t kKeyframeAgeNsMax = 60'000'000'000;

  // Looks at a packet of a video stream. Fails with Code::corrupt where the stream cannot be
  // decoded.
  base::Result<> look(const data::PacketRef& packet, std::int64_t monotonic_ns);

 private:
  std::optional<std::int64_t> last_keyframe_ns_;
  std::int64_t due_ns_ = 0;
  std::int64_t interval_ns_ = kIntervalNsMin;
  int damaged_ = 0;
};

}  // namespace weir::drivers
