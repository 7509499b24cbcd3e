// PolygonMask: pictures with nothing left outside a polygon.
//
// A resource of one polygon and one camera; belongs to one thread at a time. Black stands where
// nothing is shown. A pixel is shown where its centre lies inside (even-odd rule), a colour sample
// where all its pixels are, so nothing from outside gets in.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "data/frame.h"

namespace weir::infer {

class PolygonMask {
 public:
  // The part of `frame` around `region`, black outside it; valid until the next call. A change of
  // the region or of the picture's size costs more than the next picture like the one before.
  // Errors: wrong_type (neither i420 nor nv12), range (the region lies beside the frame).
  base::Result<const data::Frame*> apply(const data::Frame& frame, const data::Region& region);

 private:
  struct Run {
    int row, begin, end;  // samples of a plane
  };
  // The rectangle of pixels around the region; even borders, so that colour samples belong to it
  // whole.
  struct Cut {
    int x, y, width, height;
    friend bool operator==(const Cut&, const Cut&) = default;
  };

  base::Result<Cut> cut(const data::Frame& frame, const data::Region& region) const;
  void draw(const data::Frame& frame, const data::Region& region, const Cut& cut);
  void copy(const data::Frame& frame);

  data::Region region_;
  data::Frame shape_;  // of the frame drawn for: format, range, size, covers
  Cut cut_ = {};
  std::array<std::vector<Run>, 2> runs_;  // of the brightness and of the colour planes
  std::vector<std::uint8_t> pixels_;
  data::Frame masked_;
};

}  // namespace weir::infer
