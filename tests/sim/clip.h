#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::sim {

// One coded picture of a clip, in Annex B form, parameter sets before each IDR picture.
struct AccessUnit {
  std::vector<uint8_t> bytes;
  int64_t decode_ns;   // since the clip's first access unit; never falls
  int64_t present_ns;  // on the same scale; before or after its neighbours where pictures reorder
  bool keyframe;
};

// The H.264 stream of a clip, whole in memory, in decoding order. A plain value.
struct Clip {
  std::vector<AccessUnit> units;
  int64_t length_ns = 0;  // the last unit's duration included

  // Adds `next` after the end of this one, as a camera that was given another clip goes on.
  void append(const Clip& next);
};

// Largest clip that is read, in bytes of coded video.
inline constexpr int64_t kClipBytesMax = int64_t{1} << 30;

// Reads `path` by libavformat. Leaves one sentence in `error` and an empty clip when the file
// cannot be read, holds no H.264, or does not begin with a keyframe.
Clip read_clip(const std::string& path, std::string* error);

}  // namespace weir::sim
