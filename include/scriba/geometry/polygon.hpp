#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

namespace scriba {

using Point = cv::Point2f;  ///< pixels; (0, 0) is the top left corner of the image, y grows downwards
using Polygon = std::vector<Point>;
using Quad = std::array<Point, 4>;

/// A piece of text that a detector found.
struct TextRegion {
  Polygon polygon;  ///< source pixels, clockwise; four corners start at the top left of the text
  float score{};    ///< 0..1
  int class_id{};   ///< of detectors with several classes
};

/// Signed area by the shoelace formula: positive for clockwise (as seen, y downwards) polygons.
inline double signed_area(std::span<const Point> polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point &a = polygon[i], &b = polygon[i + 1 == polygon.size() ? 0 : i + 1];
    twice += static_cast<double>(a.x) * b.y - static_cast<double>(b.x) * a.y;
  }
  return twice / 2;
}

inline double area(std::span<const Point> polygon) { return std::abs(signed_area(polygon)); }

inline double distance(const Point& a, const Point& b) {
  return std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
}

inline double perimeter(std::span<const Point> polygon) {
  double sum = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) sum += distance(polygon[i], polygon[i + 1 == polygon.size() ? 0 : i + 1]);
  return sum;
}

/// False when a coordinate is NaN or infinite.
inline bool finite(std::span<const Point> polygon) {
  return std::all_of(polygon.begin(), polygon.end(), [](const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

/// x times `scale.x`, y times `scale.y`.
inline Polygon scaled(std::span<const Point> polygon, const cv::Point2d& scale) {
  Polygon out;
  out.reserve(polygon.size());
  for (const Point& p : polygon) out.emplace_back(static_cast<float>(p.x * scale.x), static_cast<float>(p.y * scale.y));
  return out;
}

/// Smallest upright rectangle with whole-pixel sides that holds every point.
inline cv::Rect pixel_bounds(std::span<const Point> polygon) {
  if (polygon.empty()) return {};
  float left = polygon[0].x, right = left, top = polygon[0].y, bottom = top;
  for (const Point& p : polygon) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    top = std::min(top, p.y), bottom = std::max(bottom, p.y);
  }
  const int x = static_cast<int>(std::floor(left)), y = static_cast<int>(std::floor(top));
  return {x, y, static_cast<int>(std::ceil(right)) - x, static_cast<int>(std::ceil(bottom)) - y};
}

}  // namespace scriba
