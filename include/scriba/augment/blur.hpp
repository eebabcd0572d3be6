#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Out of focus. The default covers OpenCV's own deviations for kernels of 3 (0.8), 5 (1.1) and 7 (1.4) pixels, pytorchOCR's choices.
struct GaussianBlur {
  Range deviation{0.5, 1.4};  ///< pixels, 0 .. 100

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("GaussianBlur::deviation", deviation, 0, 100);
    const double sigma = random.uniform(deviation);
    if (sigma < 0.05) return;  // a neighbour weighs less than 1e-86
    cv::Mat out;
    cv::GaussianBlur(image, out, {}, sigma, sigma, cv::BORDER_REPLICATE);
    image = out;
  }
};

/// Moved while the shutter was open: the mean along a line in any direction.
struct MotionBlur {
  Range length{2, 5};  ///< pixels, 0 .. 100

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("MotionBlur::length", length, 0, 100);
    const double pixels = random.uniform(length), angle = random.uniform({0, std::numbers::pi});
    const int reach = static_cast<int>(std::ceil(pixels / 2));
    cv::Mat_<float> kernel(2 * reach + 1, 2 * reach + 1, 0.f);
    // Points along the line, each shared by the four pixels around it.
    const int points = std::max(1, static_cast<int>(8 * pixels));
    for (int i = 0; i < points; ++i) {
      const double along = ((i + 0.5) / points - 0.5) * pixels;
      const double x = reach + along * std::cos(angle), y = reach + along * std::sin(angle);
      const int left = std::clamp(static_cast<int>(x), 0, std::max(2 * reach - 1, 0));
      const int top = std::clamp(static_cast<int>(y), 0, std::max(2 * reach - 1, 0));
      for (int dy = 0; dy < 2 && top + dy <= 2 * reach; ++dy)
        for (int dx = 0; dx < 2 && left + dx <= 2 * reach; ++dx)
          kernel(top + dy, left + dx) += static_cast<float>((1 - std::abs(x - left - dx)) * (1 - std::abs(y - top - dy)) / points);
    }
    cv::Mat out;
    cv::filter2D(image, out, -1, kernel, {-1, -1}, 0, cv::BORDER_REPLICATE);
    image = out;
  }
};

/// Scaled down and up again: text that was small when it was taken.
struct ResizeBlur {
  Range factor{0.35, 0.5};  ///< of the sides, 0.01 .. 1

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("ResizeBlur::factor", factor, 0.01, 1);
    const double ratio = random.uniform(factor);
    const auto smaller = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * ratio))); };
    cv::Mat reduced, out;
    cv::resize(image, reduced, {smaller(image.cols), smaller(image.rows)}, 0, 0, cv::INTER_AREA);
    cv::resize(reduced, out, image.size(), 0, 0, cv::INTER_LINEAR);
    image = out;
  }
};

}  // namespace scriba::augment
