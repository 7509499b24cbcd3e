// Pictures: crop, scale, convert for a model, write as JPEG.
//
// Places are fractions of the full picture, whatever part of it a frame covers. A crop's borders
// lie on even pixels (colour has half the resolution), so it may be a pixel larger on each side
// than asked. Free functions are thread-safe; a Resizer belongs to one thread at a time. Frames are
// i420 or nv12; for others the functions fail with Code::wrong_type.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/frame.h"
#include "media/decoder.h"

namespace weir::media {

inline constexpr int kSideMax = 16'384;  // pixels of a picture's width or height
inline constexpr int kJpegQuality = 85;

struct Size {
  int width = 0, height = 0;  // pixels
  friend bool operator==(const Size&, const Size&) = default;
};

// The part of `frame` that shows `part`, without copying; the frame's memory is kept. A `part`
// beyond the frame is cut at its border; Code::range where nothing is left.
base::Result<FrameRef> crop(const FrameRef& frame, const data::Rect& part);

// All of `frame` in another size, as i420; averages over areas when shrinking. The frame itself
// where it has that size.
base::Result<FrameRef> scale(const FrameRef& frame, Size size);

struct JpegOptions {
  int quality = kJpegQuality;  // 1 to 100
};

// One picture as JFIF, 4:2:0; its packet's format is mjpeg. Times are for the caller to set, except
// captured_ns and received_ns, which come from the frame.
base::Result<data::Packet> encode_jpeg(const data::Frame& frame, const JpegOptions& options = {});

// The bytes of a pixel, in memory order.
enum class ChannelOrder : std::uint8_t { rgb, bgr, gray };
constexpr int channels(ChannelOrder order) {
  return order == ChannelOrder::gray ? 1 : 3;
}

// How a part is laid into a size of another shape: distorted, or whole in the middle of padding.
enum class Fit : std::uint8_t { stretch, letterbox };

// What lies where: `part` of the full picture (its borders on even pixels of the frame) fills
// the `width` x `height` pixels at (x, y) of the output.
struct Placement {
  data::Rect part = {};
  int x = 0, y = 0, width = 0, height = 0;
};

// Pictures to pixels for a model: cropped and scaled in the decoder's colours, then converted.
// Keeps its scratch memory from picture to picture.
class Resizer {
 public:
  struct Target {
    Size size;
    ChannelOrder order = ChannelOrder::rgb;
    Fit fit = Fit::stretch;
    std::uint8_t padding = 0;  // value of each channel outside a letterboxed picture
  };

  // Fills `out` line by line without gaps; it has size.width * size.height * channels(order) bytes.
  // Errors: range (`part` lies beside the frame, or a size that cannot be), wrong_type.
  base::Result<Placement> to_pixels(const data::Frame& frame, const data::Rect& part,
                                    const Target& target, std::span<std::uint8_t> out);

 private:
  std::vector<std::uint8_t> scaled_, chroma_;
};

}  // namespace weir::media
