// JPEG from a frame's own planes, without a detour over RGB.
#include <fmt/format.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "media/picture.h"
#include "media/planes.h"

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

// JFIF 1.02 wants BT.601 colours of full range. From any other, they are a linear function of the
// three values: y' = y_gain (y - y_black) + yu u + yv v, u' = uu u + uv v, v' = vu u + vv v, u and
// v around 128. 16.16 fixed point.
struct ToJfif {
  int y_black = 0;
  std::int32_t y_gain = 0, yu = 0, yv = 0, uu = 0, uv = 0, vu = 0, vv = 0;
};

constexpr int kFractionBits = 16;

constexpr std::int32_t fixed(double value) {
  return static_cast<std::int32_t>(value * (1 << kFractionBits) + (value < 0 ? -0.5 : 0.5));
}

ToJfif to_jfif(data::ColorRange range, data::ColorMatrix matrix) {
  const bool limited = range == data::ColorRange::limited;
  const double y_gain = limited ? 255.0 / 219.0 : 1.0;
  const double c_gain = limited ? 255.0 / 224.0 : 1.0;
  ToJfif to{limited ? 16 : 0, fixed(y_gain), 0, 0, fixed(c_gain), 0, 0, fixed(c_gain)};
  if (matrix == data::ColorMatrix::bt601) return to;
  // BT.709 to BT.601: through R'G'B' with the luma weights of ITU-R BT.709-6 and BT.601-7,
  // multiplied out.
  to.yu = fixed(c_gain * 0.101579);
  to.yv = fixed(c_gain * 0.196076);
  to.uu = fixed(c_gain * 0.989854);
  to.uv = fixed(c_gain * -0.110653);
  to.vu = fixed(c_gain * -0.072453);
  to.vv = fixed(c_gain * 0.983398);
  return to;
}

std::uint8_t clamp_fixed(std::int32_t value) {
  constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);
  return static_cast<std::uint8_t>(std::clamp((value + kHalf) >> kFractionBits, 0, 255));
}

// Even width and height, as libturbojpeg reads them; a border pixel is repeated where the picture
// has an odd side.
struct EvenPicture {
  std::vector<std::uint8_t> memory;
  std::array<const unsigned char*, 3> planes = {};
  std::array<int, 3> strides = {};
};

EvenPicture convert(const Planes& from, const ToJfif& to) {
  const int uv_width = half(from.width);
  const int uv_height = half(from.height);
  const int y_width = 2 * uv_width;
  const std::size_t uv_size =
      static_cast<std::size_t>(uv_width) * static_cast<std::size_t>(uv_height);
  EvenPicture out;
  out.memory.resize(6 * uv_size);
  std::uint8_t* const y_out = out.memory.data();
  std::uint8_t* const u_out = y_out + 4 * uv_size;
  std::uint8_t* const v_out = u_out + uv_size;
  for (int row = 0; row < uv_height; ++row) {
    const std::uint8_t* u = from.u.data + std::ptrdiff_t{row} * from.u.stride;
    const std::uint8_t* v = from.v.data + std::ptrdiff_t{row} * from.v.stride;
    for (int column = 0; column < uv_width; ++column) {
      const std::int32_t cu = u[column] - 128;
      const std::int32_t cv = v[column] - 128;
      const std::ptrdiff_t at = std::ptrdiff_t{row} * uv_width + column;
      constexpr std::int32_t kMiddle = 128 << kFractionBits;
      u_out[at] = clamp_fixed(to.uu * cu + to.uv * cv + kMiddle);
      v_out[at] = clamp_fixed(to.vu * cu + to.vv * cv + kMiddle);
      const std::int32_t shift = to.yu * cu + to.yv * cv - to.y_gain * to.y_black;
      for (int dy = 0; dy < 2; ++dy) {
        const int line = std::min(2 * row + dy, from.height - 1);
        const std::uint8_t* y = from.y.data + std::ptrdiff_t{line} * from.y.stride;
        std::uint8_t* to_y = y_out + std::ptrdiff_t{2 * row + dy} * y_width + 2 * column;
        to_y[0] = clamp_fixed(to.y_gain * y[2 * column] + shift);
        to_y[1] = clamp_fixed(to.y_gain * y[std::min(2 * column + 1, from.width - 1)] + shift);
      }
    }
  }
  out.planes = {y_out, u_out, v_out};
  out.strides = {y_width, uv_width, uv_width};
  return out;
}

struct CompressorFree {
  void operator()(void* compressor) const { tjDestroy(compressor); }
};

}  // namespace

Result<data::Packet> encode_jpeg(const data::Frame& frame, const JpegOptions& options) {
  TRY_DO(check_planes(frame));
  if (options.quality < 1 || options.quality > 100) {
    return fail(Code::range, fmt::format("a JPEG quality is 1 to 100, not {}", options.quality));
  }
  std::vector<std::uint8_t> scratch;
  const Planes from = planes_of(frame, {0, 0, frame.width, frame.height}, scratch);
  EvenPicture picture;
  const bool jfif =
      frame.range == data::ColorRange::full && frame.matrix == data::ColorMatrix::bt601;
  if (jfif && frame.width % 2 == 0 && frame.height % 2 == 0) {
    picture.planes = {from.y.data, from.u.data, from.v.data};
    picture.strides = {from.y.stride, from.u.stride, from.v.stride};
  } else {
    picture = convert(from, to_jfif(frame.range, frame.matrix));
  }
  const std::unique_ptr<void, CompressorFree> compressor(tjInitCompress());
  CHECK(compressor != nullptr);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int error = tjCompressFromYUVPlanes(compressor.get(), picture.planes.data(), frame.width,
                                            picture.strides.data(), frame.height, TJSAMP_420,
                                            &bytes, &size, options.quality, 0);
  std::shared_ptr<const unsigned char> owner(
      bytes, [](const unsigned char* own) { tjFree(const_cast<unsigned char*>(own)); });
  if (error != 0) {
    return fail(Code::range,
                fmt::format("a picture of {} x {} cannot be written as JPEG: {}", frame.width,
                            frame.height, tjGetErrorStr2(compressor.get())));
  }
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = data::Codec::mjpeg;
  format->codec_name = "mjpeg";
  format->width = frame.width;
  format->height = frame.height;
  data::Packet packet;
  packet.format = std::move(format);
  packet.bytes = {bytes, size};
  packet.keyframe = true;
  packet.captured_ns = frame.captured_ns;
  packet.received_ns = frame.received_ns;
  packet.owner = std::move(owner);
  return packet;
}

}  // namespace weir::media
