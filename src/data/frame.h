// Frames, images and packets: pictures and pieces of streams as plain memory with an owner.
//
// Immutable once shared, so thread-safe; passed by reference, never copied. Who writes copies
// first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::data {

// A place in the full picture, in fractions: (0,0) is the upper left corner, (1,1) the lower right.
struct Point {
  double x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Rect {
  double x = 0, y = 0, width = 1, height = 1;
  friend bool operator==(const Rect&, const Rect&) = default;
};

// A polygon of at least three points in fractions of the full picture.
struct Region {
  std::vector<Point> points;

  Rect bounds() const;
  // Whether it is a rectangle with sides along the picture's: then nothing needs to be blanked
  // outside it.
  bool upright_rectangle() const;
  bool contains(Point point) const;  // even-odd rule
  bool flat() const;                 // all points lie on one line, so that nothing is inside
  friend bool operator==(const Region&, const Region&) = default;
};

enum class PixelFormat : std::uint8_t { i420, nv12, rgb24, bgr24, gray8 };
enum class ColorRange : std::uint8_t { limited, full };
enum class ColorMatrix : std::uint8_t { bt601, bt709 };
enum class MemoryKind : std::uint8_t { cpu };  // later vaapi, cuda

struct Plane {
  const std::uint8_t* data = nullptr;
  int stride = 0;  // bytes from one line to the next
};

// One decoded picture. `planes` stay valid as long as `owner` is held.
struct Frame {
  PixelFormat format = PixelFormat::i420;
  ColorRange range = ColorRange::limited;
  ColorMatrix matrix = ColorMatrix::bt601;
  MemoryKind memory = MemoryKind::cpu;
  int width = 0, height = 0;  // pixels
  std::array<Plane, 3> planes = {};
  Rect covers = {};  // the part of the full picture that these pixels show
  std::int64_t captured_ns =
      0;  // the camera's own stamp (MISB ST 0604 in the stream), UTC; 0 = none
  std::int64_t received_ns = 0;  // wall clock when its packet came in; 0 = from a file
  std::shared_ptr<const void> owner;
};

// What an image column holds: a frame, and what models may see of it (null: all).
struct Image {
  std::shared_ptr<const Frame> frame;
  std::shared_ptr<const Region> region;
};

enum class Codec : std::uint8_t {
  unknown,
  h264,
  hevc,
  mjpeg,
  mpeg4,
  vp8,
  vp9,
  av1,
  raw_video,
  other_video,
  audio,
  data
};

// What a decoder must know of a stream. `parameters` is media's own.
struct StreamFormat {
  Codec codec = Codec::unknown;
  std::string codec_name;     // as FFmpeg names it, for messages
  int width = 0, height = 0;  // pixels, 0 = not known
  double frame_rate = 0;      // frames a second, 0 = not known
  std::shared_ptr<const void> parameters;
};

// A piece of a stream as it came from a camera or file, or an encoded picture (format->codec
// mjpeg).
struct Packet {
  std::shared_ptr<const StreamFormat> format;
  int stream = 0;                       // index within its source
  std::span<const std::uint8_t> bytes;  // valid as long as `owner` is held
  std::int64_t time_ns = 0;             // event time of its picture, UTC
  std::int64_t decode_order_ns = 0;     // never goes back within a stream
  bool keyframe = false;
  bool discontinuity =
      false;  // something was lost or reconnected before it: decode from the next keyframe
  std::int64_t captured_ns = 0;  // of an encoded picture: from its frame
  std::int64_t received_ns = 0;  // wall clock when it came in; 0 = from a file
  std::shared_ptr<const void> owner;
};

using PacketRef = std::shared_ptr<const Packet>;

}  // namespace weir::data
