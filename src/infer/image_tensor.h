// ImageTensor: pictures become the values of a tensor, as model.yaml says.
//
// Belongs to one thread at a time; keeps its memory from picture to picture. Models see a picture's
// region only: its bounding box is cut out, and what lies outside a polygon is black.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/frame.h"
#include "infer/package.h"
#include "infer/polygon_mask.h"

namespace weir::infer {

// Where the picture lies: `part` of the full picture fills `inner`, in fractions of the picture
// that the model sees.
struct View {
  data::Rect part = {};
  data::Rect inner = {};

  // A place that the model names, in fractions of the full picture.
  data::Rect to_full(const data::Rect& place) const;
};

struct PictureSize {
  int width = 0, height = 0;  // pixels
};

// The values of a pixel one by one to floats: first `a` * byte + `b` of each channel.
struct Scaling {
  std::vector<float> a, b;
};

// Interleaved bytes to floats, channel by channel where `layout` says so. `pixels` has kPixelsSlack
// more bytes than it needs.
constexpr std::size_t kPixelsSlack = 4;
void convert(std::span<const std::uint8_t> pixels, const Scaling& scaling, Layout layout,
             std::span<float> values);

class ImageTensor {
 public:
  ImageTensor(const InputSpec& spec, PictureSize size);
  ~ImageTensor();
  ImageTensor(ImageTensor&&) noexcept;

  // Writes a value a channel and pixel. Null where the region lies beside the picture. `mask` is
  // the device's own.
  base::Result<std::optional<View>> fill(const data::Image& image, PolygonMask& mask,
                                         std::span<float> values);

 private:
  struct Pixels;  // what media keeps

  InputSpec spec_;
  PictureSize size_;
  Scaling scaling_;
  std::unique_ptr<Pixels> pixels_;
};

}  // namespace weir::infer
