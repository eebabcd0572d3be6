#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// How far text is grown or shrunk: area * ratio / perimeter, in pixels; 0 for a polygon without extent.
/// Vatti, "A generic solution to polygon clipping", 1992, as DB uses it (Liao et al., AAAI 2020, equation 10).
inline double offset_distance(std::span<const Point> polygon, double ratio) {
  const double length = perimeter(polygon);
  return length > 0 ? area(polygon) * ratio / length : 0;
}

/// The polygon grown (distance > 0) or shrunk (< 0) with round corners, in floating point.
///
/// Returns the outer outlines, which may be none (shrunk away) or several (a dumbbell shrunk). Points are clockwise or not as Boost
/// gives them. A polygon that crosses itself is replaced by its convex hull first; one without area, with fewer than three points or
/// with coordinates that are not finite gives none.
std::vector<Polygon> offset(std::span<const Point> polygon, double distance);

namespace detail {

// Points of a full circle in Clipper's round joins.
inline double clipper_steps(double distance) {
  const double tolerance = distance < 1 ? 0.25 * distance : 0.25;
  return std::min(std::numbers::pi / std::acos(1 - tolerance / distance), distance * std::numbers::pi);
}

// The corners in whole pixels, without repeated ones, clockwise as seen; empty when they enclose nothing.
inline std::vector<cv::Point2d> clipper_corners(std::span<const Point> polygon) {
  std::vector<cv::Point2d> corner;
  for (const Point& p : polygon) {
    const cv::Point2d cut(std::trunc(p.x), std::trunc(p.y));
    if (corner.empty() || corner.back() != cut) corner.push_back(cut);
  }
  while (corner.size() > 1 && corner.front() == corner.back()) corner.pop_back();
  double twice_area = 0;
  for (std::size_t i = 0; i < corner.size(); ++i) twice_area += corner[i].cross(corner[(i + 1) % corner.size()]);
  if (corner.size() < 3 || twice_area == 0) return {};
  if (twice_area < 0) std::reverse(corner.begin(), corner.end());
  return corner;
}

// What Clipper walks around a polygon before it cleans up: arcs at corners that the walk goes around on the outside, folds back to the
// corner at the others. `distance` > 0 walks outside the polygon, < 0 inside.
inline std::vector<cv::Point2d> clipper_outline(std::span<const Point> polygon, double distance) {
  const std::vector<cv::Point2d> corner = clipper_corners(polygon);
  const std::size_t n = corner.size();
  std::vector<cv::Point2d> out;
  if (n == 0 || !std::isfinite(distance)) return out;
  if (std::abs(distance) < 1e-20) return corner;

  std::vector<cv::Point2d> normal(n);
  for (std::size_t i = 0; i < n; ++i) {
    const cv::Point2d edge = corner[(i + 1) % n] - corner[i];
    const double scale = 1 / std::sqrt(edge.dot(edge));
    normal[i] = {edge.y * scale, -edge.x * scale};
  }
  const double steps = clipper_steps(std::abs(distance));
  const double sine = std::copysign(std::sin(2 * std::numbers::pi / steps), distance), cosine = std::cos(2 * std::numbers::pi / steps);
  const double steps_per_radian = steps / (2 * std::numbers::pi);
  std::size_t k = n - 1;  // the edge before; Clipper keeps the older one where it passes a nearly straight corner, and so do we
  for (std::size_t j = 0; j < n; ++j) {
    const cv::Point2d &before = normal[k], &after = normal[j];
    const double turn = std::clamp(before.cross(after), -1.0, 1.0), along = before.dot(after);
    if (std::abs(turn * distance) < 1 && along > 0) {
      out.push_back(corner[j] + before * distance);
      continue;
    }
    if (turn * distance < 0) {
      out.insert(out.end(), {corner[j] + before * distance, corner[j], corner[j] + after * distance});
    } else {
      const double angle = std::abs(std::atan2(turn, along));
      const int arc = std::max(static_cast<int>(steps_per_radian * angle + 0.5), 1);
      cv::Point2d direction = before;
      for (int i = 0; i < arc; ++i) {
        out.push_back(corner[j] + direction * distance);
        direction = {direction.x * cosine - direction.y * sine, direction.x * sine + direction.y * cosine};
      }
      out.push_back(corner[j] + after * distance);
    }
    k = j;
  }
  return out;
}

}  // namespace detail

/// A convex polygon grown in whole pixels: corners cut to integers, arcs and results as the Clipper library (version 6, round joins,
/// arc tolerance 0.25) makes them. PaddleOCR and the Python reference do it so; use it where results must equal theirs.
///
/// `distance` > 0. Returns integer points; empty for fewer than three distinct corners or no area.
inline Polygon grow_in_whole_pixels(std::span<const Point> polygon, double distance) {
  const auto half_away = [](double v) { return static_cast<float>(v < 0 ? std::trunc(v - 0.5) : std::trunc(v + 0.5)); };
  Polygon out;
  if (!(distance > 0)) return out;
  for (const auto& p : detail::clipper_outline(polygon, distance)) out.emplace_back(half_away(p.x), half_away(p.y));
  return out;
}

/// Polygons of any shape grown (distance > 0) or shrunk (< 0) in whole pixels, as Clipper does: the outer outlines, mostly one, the one
/// that reaches lowest first. None when it has shrunk away. Holes are filled; where the polygon crosses itself, the parts that it goes
/// around against its main direction count as outside. Coordinates that are not finite give none.
std::vector<Polygon> offset_in_whole_pixels(std::span<const Point> polygon, double distance);

}  // namespace scriba
