#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba {

namespace detail {

// The pieces of a polygon under the even-odd rule. Only self-crossing ones need splitting: at every crossing, the ring falls into two.
inline BoostPolygons even_odd(std::span<const Point> polygon) {
  BoostPolygon ring = to_boost(polygon);
  if (bg::is_valid(ring)) return {ring};
  std::vector<std::vector<BoostPoint>> open{{ring.outer().begin(), ring.outer().end()}};
  BoostPolygons out;
  while (!open.empty()) {
    auto points = std::move(open.back());
    open.pop_back();
    if (points.size() > 1 && bg::equals(points.front(), points.back())) points.pop_back();
    const std::size_t n = points.size();
    bool split = false;
    for (std::size_t i = 0; i < n && !split; ++i)
      for (std::size_t j = i + 2; j < n && !split; ++j) {
        if (i == 0 && j + 1 == n) continue;
        const auto &a = points[i], &b = points[i + 1], &c = points[j], &d = points[(j + 1) % n];
        const double ux = b.x() - a.x(), uy = b.y() - a.y(), vx = d.x() - c.x(), vy = d.y() - c.y();
        const double cross = ux * vy - uy * vx;
        if (cross == 0) continue;
        const double s = ((c.x() - a.x()) * vy - (c.y() - a.y()) * vx) / cross, t = ((c.x() - a.x()) * uy - (c.y() - a.y()) * ux) / cross;
        if (s <= 0 || s >= 1 || t <= 0 || t >= 1) continue;
        const BoostPoint at(a.x() + s * ux, a.y() + s * uy);
        std::vector<BoostPoint> inner{at}, outer{at};
        for (std::size_t k = i + 1; k <= j; ++k) inner.push_back(points[k]);
        for (std::size_t k = j + 1; k < n + i + 1; ++k) outer.push_back(points[k % n]);
        open.push_back(std::move(inner));
        open.push_back(std::move(outer));
        split = true;
      }
    if (split || n < 3) continue;
    BoostPolygon piece;
    for (const auto& p : points) bg::append(piece.outer(), p);
    bg::correct(piece);
    BoostPolygons joined;
    bg::sym_difference(out, piece, joined);
    out = std::move(joined);
  }
  return out;
}

}  // namespace detail

/// Area that two polygons share, in square pixels. Self-crossing ones follow the even-odd rule; fewer than three points give 0.
inline double intersection_area(std::span<const Point> a, std::span<const Point> b) {
  if (a.size() < 3 || b.size() < 3 || !finite(a) || !finite(b)) return 0;
  const cv::Rect overlap = pixel_bounds(a) & pixel_bounds(b);
  if (overlap.empty()) return 0;  // also true for boxes that only touch
  detail::BoostPolygons shared;
  detail::bg::intersection(detail::even_odd(a), detail::even_odd(b), shared);
  return detail::bg::area(shared);
}

/// Intersection over union, 0..1; 0 when neither has an area.
inline double iou(std::span<const Point> a, std::span<const Point> b) {
  if (a.size() < 3 || b.size() < 3 || !finite(a) || !finite(b)) return 0;
  const double shared = intersection_area(a, b);
  const double united = detail::bg::area(detail::even_odd(a)) + detail::bg::area(detail::even_odd(b)) - shared;
  return united > 0 ? shared / united : 0;
}

}  // namespace scriba
