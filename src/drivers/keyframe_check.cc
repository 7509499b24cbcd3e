// Decodes a keyframe now and then.
#ifdef WEIR_MEDIA
#include "drivers/keyframe_check.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "media/decoder.h"

namespace weir::drivers {

using base::Code;
using base::fail;
using base::Result;

namespace {

// Why a keyframe gives no whole picture; empty where it does, or where nothing here can decode it.
std::string damage(const data::PacketRef& packet) {
  const auto decoder = media::Decoder::open(packet->format);
  if (!decoder) return "";
  const bool shown = !(*decoder)->decode(packet).empty() || !(*decoder)->flush().empty();
  if (shown && (*decoder)->counts().errors == 0) return "";
  const std::string& why = (*decoder)->last_error();
  return why.empty() ? "it gives no picture" : why;
}

}  // namespace

Result<> KeyframeCheck::look(const data::PacketRef& packet, std::int64_t monotonic_ns) {
  if (!last_keyframe_ns_) last_keyframe_ns_ = monotonic_ns;
  if (!packet->keyframe) {
    if (monotonic_ns - *last_keyframe_ns_ <= kKeyframeAgeNsMax) return {};
    return fail(Code::corrupt, "no keyframe came for " + base::format_duration(kKeyframeAgeNsMax));
  }
  last_keyframe_ns_ = monotonic_ns;
  if (monotonic_ns < due_ns_) return {};
  if (const std::string why = damage(packet); !why.empty()) {
    if (++damaged_ < kDamagedMax) return {};  // the next one is looked at as well
    return fail(Code::corrupt, "what comes cannot be decoded: " + why);
  }
  damaged_ = 0;
  due_ns_ = monotonic_ns + interval_ns_;
  interval_ns_ = std::min(interval_ns_ * 2, kIntervalNsMax);
  return {};
}

}  // namespace weir::drivers
#endif
