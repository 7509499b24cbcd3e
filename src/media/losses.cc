// Listens to FFmpeg's log.
#include "media/losses.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstdarg>
#include <string_view>

namespace weir::media {
namespace {

// The formats of FFmpeg's messages; they are as old as its RTP client and its decoders.
constexpr std::string_view kPacketsMissed = "RTP: missed %d packets\n";
constexpr std::string_view kGaps[] = {
    "Frame num gap %d %d\n",              // H.264, clause 7.4.3: frame_num skips pictures
    "Could not find ref with POC %d\n"};  // H.265, clause 8.3.3: a reference picture is missing

Losses* losses_of(void* speaker, std::string_view message) {
  if (speaker == nullptr) return nullptr;
  const AVClass* const kind = *static_cast<const AVClass* const*>(speaker);
  if (kind == avformat_get_class() && message == kPacketsMissed)
    return static_cast<Losses*>(static_cast<AVFormatContext*>(speaker)->opaque);
  if (kind == avcodec_get_class() && (message == kGaps[0] || message == kGaps[1]))
    return static_cast<Losses*>(static_cast<AVCodecContext*>(speaker)->opaque);
  return nullptr;
}

void hear(void* speaker, int, const char* message, std::va_list) {
  if (Losses* const losses = losses_of(speaker, message); losses != nullptr) ++losses->heard;
}

}  // namespace

void listen_to_ffmpeg() {
  static const bool kListens = (av_log_set_callback(&hear), true);
  static_cast<void>(kListens);
}

}  // namespace weir::media
