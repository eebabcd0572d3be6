#pragma once

#include <cmath>
#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/polygon.hpp>

namespace scriba::target {

/// How corners become pixels.
enum class ToPixels {
  cut,    ///< towards zero
  round,  ///< to the nearest, halves to even
};

/// Sets the pixels of a polygon, its outline included (cv::fillPoly: even-odd rule). Only rows and columns of the polygon are touched.
/// Corners may lie outside the map, up to 32 767 pixels away.
template <class P>
void fill(cv::Mat& map, std::span<const P> polygon, double value, ToPixels rule = ToPixels::cut) {
  if (polygon.empty()) return;
  std::vector<cv::Point> corners;
  corners.reserve(polygon.size());
  for (const P& p : polygon)
    corners.emplace_back(static_cast<int>(rule == ToPixels::cut ? p.x : std::nearbyint(p.x)),
                         static_cast<int>(rule == ToPixels::cut ? p.y : std::nearbyint(p.y)));
  const cv::Point* first = corners.data();
  const int count = static_cast<int>(corners.size());
  cv::fillPoly(map, &first, &count, 1, cv::Scalar::all(value));
}
inline void fill(cv::Mat& map, const Polygon& polygon, double value, ToPixels rule = ToPixels::cut) {
  fill(map, std::span<const Point>(polygon), value, rule);
}

}  // namespace scriba::target
