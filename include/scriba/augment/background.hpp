#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Shines a part of a background picture through the image: pixels = (1 - ratio) * image + ratio * background.
struct BlendBackground {
  std::vector<cv::Mat> backgrounds{};  ///< 8-bit BGR or grey, one or more; copies of a policy share their pixels
  Range ratio{0.1, 0.39};              ///< 0 .. 1

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_value("BlendBackground::backgrounds", static_cast<double>(backgrounds.size()), 1, 1e9);
    require_range("BlendBackground::ratio", ratio, 0, 1);
    const cv::Mat& background = random.pick<cv::Mat>(backgrounds);
    require_pixels(background);
    // A place where the image fits; where none is, the largest part of its shape.
    const double fit =
        std::min({1.0, static_cast<double>(background.cols) / image.cols, static_cast<double>(background.rows) / image.rows});
    const int w = std::clamp(static_cast<int>(image.cols * fit), 1, background.cols);
    const int h = std::clamp(static_cast<int>(image.rows * fit), 1, background.rows);
    const int x = random.integer(0, background.cols - w), y = random.integer(0, background.rows - h);
    cv::Mat part = background({x, y, w, h});
    if (part.type() != image.type()) {
      cv::Mat converted;
      cv::cvtColor(part, converted, image.channels() == 1 ? cv::COLOR_BGR2GRAY : cv::COLOR_GRAY2BGR);
      part = converted;
    }
    if (part.size() != image.size()) {
      cv::Mat enlarged;
      cv::resize(part, enlarged, image.size(), 0, 0, cv::INTER_LINEAR);
      part = enlarged;
    }
    const double share = random.uniform(ratio);
    cv::Mat out;
    cv::addWeighted(image, 1 - share, part, share, 0, out);
    image = out;
  }
};

}  // namespace scriba::augment
