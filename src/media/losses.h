// Losses: what FFmpeg finds missing and tells nowhere but in its own log; for Demuxer and Decoder.
//
// RTP packets that never came leave no mark on the packets made of the others, and pictures decoded
// in place of a lost one that they refer to count as good. Both would be looked at.
//
// A count belongs to one FFmpeg context, as its `opaque`, and to the thread that uses the context.
#pragma once

#include <cstdint>
#include <utility>

namespace weir::media {

struct Losses {
  std::int64_t heard = 0;

  // Whether there was one since the last call.
  bool take() { return std::exchange(heard, 0) > 0; }
};

// From now on FFmpeg writes nothing to standard error, where it would show URLs with their
// passwords, and a loss counts in the Losses that the `opaque` of its context points to.
// Process-wide, thread-safe.
void listen_to_ffmpeg();

}  // namespace weir::media
