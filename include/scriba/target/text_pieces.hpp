#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/target/target_form.hpp>

namespace scriba::target {

/// Throws Error unless `value`, an option, lies in [0, below).
inline void require_share(const char* option, double value, double below = 1) {
  if (value >= 0 && value < below) return;
  throw Error({"cannot make label maps", option, "0 or more and below " + std::to_string(below), std::to_string(value)});
}

/// What is drawn of a text shrunk (distance < 0) or grown (> 0) in whole pixels: all pieces; by the reference's rules the first alone.
inline std::vector<Polygon> pieces_of(const Polygon& polygon, double distance, TargetForm form) {
  std::vector<Polygon> pieces = offset_in_whole_pixels(polygon, distance);
  if (form != TargetForm::corrected && pieces.size() > 1) pieces.resize(1);
  return pieces;
}

/// Shorter side of the upright rectangle around a polygon that has corners, pixels.
inline double shorter_side(const Polygon& polygon) {
  const auto [left, right] = std::minmax_element(polygon.begin(), polygon.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(polygon.begin(), polygon.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
  return std::min(static_cast<double>(right->x) - left->x, static_cast<double>(bottom->y) - top->y);
}

}  // namespace scriba::target
