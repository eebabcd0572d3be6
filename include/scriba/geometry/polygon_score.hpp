#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// The pixels of a polygon on a map: `inside` is 1 there and 0 elsewhere in the rectangle `bounds`.
struct PolygonPixels {
  cv::Rect bounds;
  cv::Mat inside;  ///< of the size of `bounds`
};

/// Pixels of a polygon, its outline included; corners are cut to whole pixels. Works on the polygon's own rectangle only, which is empty
/// for polygons without points or with points that are not finite, and for empty maps; polygons beside the map give its nearest pixels.
/// `mask` is scratch memory that the result uses: give the same one to a series of calls.
inline PolygonPixels polygon_pixels(std::span<const Point> polygon, cv::Size map, cv::Mat& mask) {
  if (polygon.empty() || !finite(polygon) || map.empty()) return {};
  const cv::Rect bounds = pixel_bounds(polygon);
  const int left = std::clamp(bounds.x, 0, map.width - 1), right = std::clamp(bounds.x + bounds.width, 0, map.width - 1);
  const int top = std::clamp(bounds.y, 0, map.height - 1), bottom = std::clamp(bounds.y + bounds.height, 0, map.height - 1);
  std::vector<cv::Point> corners;
  corners.reserve(polygon.size());
  for (const Point& p : polygon)
    corners.emplace_back(static_cast<int>(p.x - static_cast<float>(left)), static_cast<int>(p.y - static_cast<float>(top)));
  const int width = right - left + 1, height = bottom - top + 1;
  if (mask.rows < height || mask.cols < width || mask.type() != CV_8UC1)
    mask.create(std::max(height, mask.rows), std::max(width, mask.cols), CV_8UC1);
  cv::Mat inside = mask(cv::Rect(0, 0, width, height));
  inside.setTo(0);
  cv::fillPoly(inside, corners, cv::Scalar(1));
  return {{left, top, width, height}, inside};
}

/// Mean of `map` over the pixels of a polygon; see polygon_pixels(). 0 when no pixel is inside the map or the mean is not a number.
inline float polygon_score(const cv::Mat_<float>& map, std::span<const Point> polygon, cv::Mat& mask) {
  const auto [bounds, inside] = polygon_pixels(polygon, map.size(), mask);
  double sum = 0;
  std::int64_t count = 0;
  for (int y = 0; y < bounds.height; ++y) {
    const float* values = map.ptr<float>(bounds.y + y) + bounds.x;
    const unsigned char* in = inside.ptr(y);
    double row_sum = 0;
    int row_count = 0;
    for (int x = 0; x < bounds.width; ++x) {
      row_sum += in[x] ? static_cast<double>(values[x]) : 0.0;
      row_count += in[x];
    }
    sum += row_sum;
    count += row_count;
  }
  const double mean = count > 0 ? sum / static_cast<double>(count) : 0;
  return std::isfinite(mean) ? static_cast<float>(mean) : 0.f;
}

}  // namespace scriba
