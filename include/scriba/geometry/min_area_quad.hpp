#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// Which corner of a rectangle is where the text starts.
enum class CornerOrder {
  by_x,  ///< the two left corners and the two right ones, each pair by y: PaddleOCR and the reference. Slanted tall boxes come out twisted
  by_angle,  ///< clockwise around the centre, the corner nearest the top left of the upright text first: keeps tall and slanted boxes
             ///< straight
};

/// Four points as a quad: top left, top right, bottom right, bottom left.
inline Quad ordered_corners(std::array<Point, 4> p, CornerOrder order = CornerOrder::by_x) {
  if (order == CornerOrder::by_x) {
    std::stable_sort(p.begin(), p.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
    const bool first_is_top = p[1].y > p[0].y, third_is_top = p[3].y > p[2].y;
    return {first_is_top ? p[0] : p[1], third_is_top ? p[2] : p[3], third_is_top ? p[3] : p[2], first_is_top ? p[1] : p[0]};
  }
  const Point centre = (p[0] + p[1] + p[2] + p[3]) * 0.25f;
  std::sort(p.begin(), p.end(), [&](const Point& a, const Point& b) {
    return std::atan2(a.y - centre.y, a.x - centre.x) < std::atan2(b.y - centre.y, b.x - centre.x);
  });
  // Of the two sides that run most to the right, the upper one is the top; the quad starts at its left end.
  std::size_t top = 0;
  for (std::size_t i = 1; i < 4; ++i) {
    const Point best = p[(top + 1) % 4] - p[top], side = p[(i + 1) % 4] - p[i];
    const auto eastward = [](const Point& v) { return v.x / std::max(std::hypot(v.x, v.y), 1e-6f); };
    if (eastward(side) > eastward(best) + 1e-4f) top = i;
  }
  std::rotate(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(top), p.end());
  return p;
}

/// A rectangle of any direction.
struct MinAreaQuad {
  Quad corners;
  float short_side{}, long_side{};
};

/// The smallest rectangle of any direction that holds all points (at least one).
/// Only OpenCV's four corners are used: its angle convention changed between versions.
inline MinAreaQuad min_area_quad(std::span<const Point> points, CornerOrder order = CornerOrder::by_x) {
  const cv::RotatedRect box = cv::minAreaRect(cv::Mat(static_cast<int>(points.size()), 1, CV_32FC2, const_cast<Point*>(points.data())));
  std::array<Point, 4> corners;
  box.points(corners.data());
  return {ordered_corners(corners, order), std::min(box.size.width, box.size.height), std::max(box.size.width, box.size.height)};
}

}  // namespace scriba
