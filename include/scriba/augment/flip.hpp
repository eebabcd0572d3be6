#pragma once

#include <algorithm>
#include <cstddef>

#include <opencv2/core.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// The page in a mirror: right and left exchanged. For detectors; nobody can read it.
///
/// Corners keep their order: along the upper side from left to right (where reading starts in an image that is not mirrored), back along
/// the lower side. A polygon that was clockwise still is.
struct FlipHorizontal {
  void operator()(Page& page, Random&) const {
    require_page(page);
    cv::Mat mirrored;
    cv::flip(page.image, mirrored, 1);
    const float last = static_cast<float>(mirrored.cols - 1);
    page.image = mirrored;
    for (auto& text : page.texts) {
      Polygon& polygon = text.polygon;
      for (Point& p : polygon) p.x = last - p.x;
      // Mirrored, the upper side runs backwards, and so does the lower one.
      const auto lower = polygon.begin() + static_cast<std::ptrdiff_t>((polygon.size() + 1) / 2);
      std::reverse(polygon.begin(), lower);
      std::reverse(lower, polygon.end());
    }
  }
};

}  // namespace scriba::augment
