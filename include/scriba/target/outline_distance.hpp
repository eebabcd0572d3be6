#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <opencv2/core/mat.hpp>

#include <scriba/geometry/polygon.hpp>

namespace scriba::target {

/// Lowers each pixel of `map` to (its distance from the outline of the polygon / radius)^2 where that is less.
///
/// `radius` > 0, pixels; the map should start at 1 or less, so that nothing changes farther away than the radius. Each edge visits only the
/// band that its own rectangle of reach covers, row by row; the inner loop has no branches, no division and no root.
inline void lower_to_outline(cv::Mat_<float>& map, std::span<const Point> polygon, double radius) {
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const cv::Point2d a = polygon[i], b = polygon[i + 1 == polygon.size() ? 0 : i + 1];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    // Unit vector along the edge; an edge without length is a point, for which any direction does.
    const double ux = length > 0 ? (b.x - a.x) / length : 1, uy = length > 0 ? (b.y - a.y) / length : 0;
    const int top = std::max(static_cast<int>(std::ceil(std::min(a.y, b.y) - radius)), 0);
    const int bottom = std::min(static_cast<int>(std::floor(std::max(a.y, b.y) + radius)), map.rows - 1);
    for (int y = top; y <= bottom; ++y) {
      const double down = y - a.y;
      double left = std::min(a.x, b.x) - radius, right = std::max(a.x, b.x) + radius;
      // Across the edge no farther than the radius, along it no farther than the radius beyond its ends.
      if (std::abs(uy) > 1e-3) {
        const double middle = a.x + ux * down / uy, half = radius / std::abs(uy);
        left = std::max(left, middle - half), right = std::min(right, middle + half);
      }
      if (std::abs(ux) > 1e-3) {
        const double start = a.x + (-radius - uy * down) / ux, end = a.x + (length + radius - uy * down) / ux;
        left = std::max(left, std::min(start, end)), right = std::min(right, std::max(start, end));
      }
      const int first = std::max(static_cast<int>(std::ceil(left)), 0), last = std::min(static_cast<int>(std::floor(right)), map.cols - 1);
      // In units of the radius, at column 0.
      const float across = static_cast<float>((ux * down + uy * a.x) / radius), along = static_cast<float>((uy * down - ux * a.x) / radius);
      const float across_step = static_cast<float>(-uy / radius), along_step = static_cast<float>(ux / radius);
      const float end = static_cast<float>(length / radius);
      float* row = map.ptr<float>(y);
      for (int x = first; x <= last; ++x) {
        const float from_line = across + across_step * static_cast<float>(x), from_start = along + along_step * static_cast<float>(x);
        const float before = -from_start, after = from_start - end;
        const float farther = before > after ? before : after, beyond = farther > 0.f ? farther : 0.f;
        const float square = from_line * from_line + beyond * beyond;
        row[x] = square < row[x] ? square : row[x];
      }
    }
  }
}

/// The same by the reference's rule: where the angle at the pixel between the ends of an edge is below 90 degrees, the distance is the one
/// to the nearer end, even where the foot of the perpendicular lies on the edge. Inside `box` only.
inline void lower_to_outline_by_angle(cv::Mat_<float>& map, std::span<const Point> polygon, double radius, const cv::Rect& box) {
  const cv::Rect inside = box & cv::Rect({0, 0}, map.size());
  for (int y = inside.y; y < inside.br().y; ++y)
    for (int x = inside.x; x < inside.br().x; ++x) {
      double nearest = map(y, x);
      for (std::size_t i = 0; i < polygon.size(); ++i) {
        const cv::Point2d p(x, y), a = cv::Point2d(polygon[i]) - p, b = cv::Point2d(polygon[i + 1 == polygon.size() ? 0 : i + 1]) - p,
                                   edge = b - a;
        const bool sharp = a.dot(b) > 0;
        const double cross = a.cross(b),
                     square = sharp || edge.dot(edge) == 0 ? std::min(a.dot(a), b.dot(b)) : cross * cross / edge.dot(edge);
        nearest = std::min(nearest, square / (radius * radius));
      }
      map(y, x) = static_cast<float>(nearest);
    }
}

}  // namespace scriba::target
