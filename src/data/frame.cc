// Regions of pictures.
#include "data/frame.h"

#include <algorithm>
#include <cmath>

namespace weir::data {

Rect Region::bounds() const {
  if (points.empty()) return {};
  Point low = points.front();
  Point high = low;
  for (const Point& point : points) {
    low = {std::min(low.x, point.x), std::min(low.y, point.y)};
    high = {std::max(high.x, point.x), std::max(high.y, point.y)};
  }
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

bool Region::upright_rectangle() const {
  if (points.size() != 4) return false;
  const Rect box = bounds();
  for (std::size_t i = 0; i < 4; ++i) {
    const Point& a = points[i];
    const Point& b = points[(i + 1) % 4];
    if ((a.x == b.x) == (a.y == b.y)) return false;  // a side runs along exactly one axis
    if ((a.x != box.x && a.x != box.x + box.width) || (a.y != box.y && a.y != box.y + box.height))
      return false;
  }
  return true;
}

bool Region::flat() const {
  constexpr double kNothing = 1e-9;  // less than a pixel of any picture, more than rounding
  const auto twice_area = [this](std::size_t i, std::size_t j) {
    const Point a = {points[i].x - points[0].x, points[i].y - points[0].y};
    const Point b = {points[j].x - points[0].x, points[j].y - points[0].y};
    return std::abs(a.x * b.y - a.y * b.x);
  };
  for (std::size_t i = 1; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      if (twice_area(i, j) > kNothing) return false;
    }
  }
  return true;
}

bool Region::contains(Point point) const {
  bool inside = false;
  for (std::size_t i = 0, j = points.size() - 1; i < points.size(); j = i++) {
    const Point& a = points[i];
    const Point& b = points[j];
    if ((a.y > point.y) == (b.y > point.y)) continue;
    if (point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

}  // namespace weir::data
