#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// True when two edges of the polygon cross inside both. Edges that only touch, or lie on each other, do not count: labels drawn by hand
/// are full of those and still have an inside. n^2 / 2 comparisons for n corners.
inline bool crosses_itself(std::span<const Point> polygon) {
  const std::size_t n = polygon.size();
  const auto side = [](const Point& a, const Point& b, const Point& p) {
    const double turn = (static_cast<double>(b.x) - a.x) * (static_cast<double>(p.y) - a.y) -
                        (static_cast<double>(b.y) - a.y) * (static_cast<double>(p.x) - a.x);
    return (turn > 0) - (turn < 0);
  };
  for (std::size_t i = 0; i + 2 < n; ++i) {
    const Point &a = polygon[i], &b = polygon[i + 1];
    for (std::size_t j = i + 2; j < (i == 0 ? n - 1 : n); ++j) {
      const Point &c = polygon[j], &d = polygon[j + 1 == n ? 0 : j + 1];
      if (std::max(c.x, d.x) < std::min(a.x, b.x) || std::min(c.x, d.x) > std::max(a.x, b.x)) continue;
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}

}  // namespace scriba
