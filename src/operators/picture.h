// Encoding a record's picture; only where media is built.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "data/frame.h"

namespace weir::operators {

enum class Extent : std::uint8_t {
  full,
  region
};  // the whole picture, or the rectangle around its region

// The image as JPEG, with the record's event time. `quality` is 1 to 100.
base::Result<data::PacketRef> encode_picture(const data::Image& image, Extent extent, int quality,
                                             std::int64_t time_ns);

}  // namespace weir::operators
