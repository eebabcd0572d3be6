#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/image/line.hpp>

namespace scriba {

/// The windows, in columns of the crop, in which a line that is too long for the recogniser is read: equally wide, as wide as the
/// recogniser takes without squeezing, and evenly spread. Neighbours share at least four times the line's height, so at least four wide
/// characters, or half a window. One window for a line that is not too long. Throws Error for a crop without pixels.
inline std::vector<cv::Range> line_windows(cv::Size crop, const LineSize& size) {
  size.width(crop);  // refuses what has no pixels
  const int widest = std::max(1, static_cast<int>(static_cast<double>(size.max_width) * crop.height / size.height));
  if (!size.squeezed(crop) || widest >= crop.width) return {{0, crop.width}};
  const int overlap = std::min(4 * crop.height, widest / 2);
  const int count = 1 + static_cast<int>(std::ceil(static_cast<double>(crop.width - widest) / (widest - overlap)));
  std::vector<cv::Range> out;
  for (int i = 0; i < count; ++i) {
    const auto left = static_cast<int>(static_cast<long long>(crop.width - widest) * i / (count - 1));
    out.emplace_back(left, left + widest);
  }
  return out;
}

}  // namespace scriba
