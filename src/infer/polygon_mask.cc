// Blanks what lies outside a polygon.
#include "infer/polygon_mask.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

namespace weir::infer {
namespace {

constexpr std::uint8_t kBlackLimited = 16, kBlackFull = 0, kNoColor = 128;  // ITU-R BT.601, 2.5.3

int half(int pixels) {
  return (pixels + 1) / 2;
}

std::size_t area(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

// Which pixels of a width x height grid have their centre inside `points`, given in pixels of the
// grid.
std::vector<std::uint8_t> fill(const std::vector<data::Point>& points, int width, int height) {
  std::vector<std::uint8_t> inside(area(width, height), 0);
  std::vector<double> crossings;
  for (int row = 0; row < height; ++row) {
    const double y = row + 0.5;
    crossings.clear();
    for (std::size_t i = 0, j = points.size() - 1; i < points.size(); j = i++) {
      const data::Point& a = points[i];
      const data::Point& b = points[j];
      if ((a.y > y) != (b.y > y)) crossings.push_back((b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x);
    }
    std::ranges::sort(crossings);
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const auto column = [&](double x) {
        return static_cast<int>(std::clamp(std::ceil(x - 0.5), 0.0, double(width)));
      };
      const int begin = column(crossings[i]);
      const int end = column(crossings[i + 1]);
      if (begin < end)
        std::memset(&inside[area(width, row) + static_cast<std::size_t>(begin)], 1,
                    static_cast<std::size_t>(end - begin));
    }
  }
  return inside;
}

// A colour sample stands for two by two pixels; at an odd border for fewer.
std::vector<std::uint8_t> halve(const std::vector<std::uint8_t>& inside, int width, int height) {
  std::vector<std::uint8_t> all(area(half(width), half(height)), 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      all[area(half(width), y / 2) + static_cast<std::size_t>(x / 2)] &=
          inside[area(width, y) + static_cast<std::size_t>(x)];
    }
  }
  return all;
}

}  // namespace

base::Result<PolygonMask::Cut> PolygonMask::cut(const data::Frame& frame,
                                                const data::Region& region) const {
  const data::Rect bounds = region.bounds();
  const auto even = [](double low, double high, int size, int& begin, int& length) {
    // A border that is a whole pixel but for rounding stays there.
    constexpr double kRounding = 1e-6;
    begin = static_cast<int>(std::clamp(std::floor((low + kRounding) / 2) * 2, 0.0, double(size)));
    const int end =
        static_cast<int>(std::clamp(std::ceil((high - kRounding) / 2) * 2, 0.0, double(size)));
    length = std::max(end - begin, 0);
  };
  Cut out = {};
  const auto x = [&](double fraction) {
    return (fraction - frame.covers.x) / frame.covers.width * frame.width;
  };
  const auto y = [&](double fraction) {
    return (fraction - frame.covers.y) / frame.covers.height * frame.height;
  };
  even(x(bounds.x), x(bounds.x + bounds.width), frame.width, out.x, out.width);
  even(y(bounds.y), y(bounds.y + bounds.height), frame.height, out.y, out.height);
  if (out.width == 0 || out.height == 0)
    return base::fail(base::Code::range, "the region lies beside the picture");
  return out;
}

base::Result<const data::Frame*> PolygonMask::apply(const data::Frame& frame,
                                                    const data::Region& region) {
  if (frame.format != data::PixelFormat::i420 && frame.format != data::PixelFormat::nv12) {
    return base::fail(base::Code::wrong_type, "the picture is neither i420 nor nv12");
  }
  const bool same = !runs_[0].empty() && frame.format == shape_.format &&
                    frame.range == shape_.range && frame.width == shape_.width &&
                    frame.height == shape_.height && frame.covers == shape_.covers &&
                    region == region_;
  if (!same) {
    TRY(const Cut found, cut(frame, region));
    draw(frame, region, found);
  }
  masked_.matrix = frame.matrix;
  copy(frame);
  return &masked_;
}

void PolygonMask::draw(const data::Frame& frame, const data::Region& region, const Cut& cut) {
  region_ = region;
  shape_ = frame;
  shape_.owner = nullptr;
  shape_.planes = {};
  cut_ = cut;
  std::vector<data::Point> points;
  for (const data::Point& point : region.points) {
    points.push_back({(point.x - frame.covers.x) / frame.covers.width * frame.width - cut.x,
                      (point.y - frame.covers.y) / frame.covers.height * frame.height - cut.y});
  }
  std::vector<std::uint8_t> inside = fill(points, cut.width, cut.height);
  for (std::size_t kind = 0; kind < runs_.size(); ++kind) {
    const int width = kind == 0 ? cut.width : half(cut.width);
    const int height = kind == 0 ? cut.height : half(cut.height);
    if (kind == 1) inside = halve(inside, cut.width, cut.height);
    runs_[kind].clear();
    for (int row = 0; row < height; ++row) {
      const std::uint8_t* line = &inside[area(width, row)];
      for (int x = 0; x < width;) {
        const int begin = static_cast<int>(std::find(line + x, line + width, 1) - line);
        x = static_cast<int>(std::find(line + begin, line + width, 0) - line);
        if (begin < x) runs_[kind].push_back({row, begin, x});
      }
    }
  }

  const std::size_t luma = area(cut.width, cut.height);
  const std::size_t chroma = area(half(cut.width), half(cut.height));
  pixels_.assign(luma + 2 * chroma, kNoColor);
  std::fill_n(pixels_.begin(), luma,
              frame.range == data::ColorRange::full ? kBlackFull : kBlackLimited);
  masked_ = shape_;
  masked_.width = cut.width;
  masked_.height = cut.height;
  masked_.covers = {frame.covers.x + frame.covers.width * cut.x / frame.width,
                    frame.covers.y + frame.covers.height * cut.y / frame.height,
                    frame.covers.width * cut.width / frame.width,
                    frame.covers.height * cut.height / frame.height};
  masked_.planes[0] = {pixels_.data(), cut.width};
  if (frame.format == data::PixelFormat::nv12) {
    masked_.planes[1] = {pixels_.data() + luma, 2 * half(cut.width)};
  } else {
    masked_.planes[1] = {pixels_.data() + luma, half(cut.width)};
    masked_.planes[2] = {pixels_.data() + luma + chroma, half(cut.width)};
  }
}

// Only what is shown: the rest is black since `draw`.
void PolygonMask::copy(const data::Frame& frame) {
  const bool interleaved = frame.format == data::PixelFormat::nv12;
  std::uint8_t* to = pixels_.data();
  for (std::size_t plane = 0; plane < (interleaved ? 2U : 3U); ++plane) {
    const std::size_t kind = plane == 0 ? 0 : 1;
    const int bytes = kind == 1 && interleaved ? 2 : 1;  // a sample
    const int left = (kind == 0 ? cut_.x : cut_.x / 2) * bytes;
    const int top = kind == 0 ? cut_.y : cut_.y / 2;
    const std::ptrdiff_t stride = masked_.planes[plane].stride;
    for (const Run& run : runs_[kind]) {
      const std::uint8_t* from = frame.planes[plane].data +
                                 std::ptrdiff_t{frame.planes[plane].stride} * (top + run.row) +
                                 left;
      std::memcpy(to + stride * run.row + run.begin * bytes, from + run.begin * bytes,
                  static_cast<std::size_t>((run.end - run.begin) * bytes));
    }
    to += stride * (kind == 0 ? cut_.height : half(cut_.height));
  }
}

}  // namespace weir::infer
