// Encoding a record's picture.
#ifdef WEIR_MEDIA
#include "operators/picture.h"

#include <memory>
#include <utility>

#include "media/picture.h"

namespace weir::operators {

base::Result<data::PacketRef> encode_picture(const data::Image& image, Extent extent, int quality,
                                             std::int64_t time_ns) {
  media::FrameRef frame = image.frame;
  if (extent == Extent::region && image.region != nullptr) {
    TRY(frame, media::crop(frame, image.region->bounds()));
  }
  TRY(data::Packet packet, media::encode_jpeg(*frame, {.quality = quality}));
  packet.time_ns = time_ns;
  packet.decode_order_ns = time_ns;
  packet.keyframe = true;
  return std::make_shared<const data::Packet>(std::move(packet));
}

}  // namespace weir::operators
#endif
