#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba::augment {

/// Text along a part of a ring, as on seals and coins. Angles in degrees, clockwise as seen, 0 to the right.
struct Ring {
  Point centre{};
  double inner{}, outer{};  ///< radii, pixels; text stands with its feet inwards
  double start{};           ///< where it begins to be read
  double sweep = 360;       ///< how far it goes from there, 1 .. 360
};

/// Rolls a ring out to a straight line: `height` rows, as many columns as keep letters in the middle of the ring in shape (8192 at most).
/// Height 0: outer - inner. Beside the image its edge goes on.
inline cv::Mat unroll(const cv::Mat& image, const Ring& ring, int height = 0) {
  require_pixels(image);
  require_value("Ring::centre", std::max(std::abs(ring.centre.x), std::abs(ring.centre.y)), 0, 1e6);
  require_value("Ring::outer", ring.outer, 1e-3, 1e6);
  require_value("Ring::inner", ring.inner, 0, ring.outer - 1e-3);
  require_value("Ring::start", ring.start, -360, 360);
  require_value("Ring::sweep", ring.sweep, 1, 360);
  require_value("unroll: height", height, 0, kLongestMade);
  const double depth = ring.outer - ring.inner, sweep = ring.sweep * std::numbers::pi / 180, start = ring.start * std::numbers::pi / 180;
  const int rows = std::clamp(height == 0 ? static_cast<int>(std::min(depth, 1e4) + 0.5) : height, 1, kLongestMade);
  const double length = (ring.inner + ring.outer) / 2 * sweep * rows / depth;
  const int columns = static_cast<int>(std::lround(std::clamp(length, 1.0, static_cast<double>(kLongestMade))));
  cv::Mat_<cv::Vec2f> source(rows, columns);
  for (int x = 0; x < columns; ++x) {
    const double angle = start + sweep * (x + 0.5) / columns, c = std::cos(angle), s = std::sin(angle);
    for (int y = 0; y < rows; ++y) {
      const double radius = ring.outer - depth * (y + 0.5) / rows;
      source(y, x) = {static_cast<float>(ring.centre.x + radius * c), static_cast<float>(ring.centre.y + radius * s)};
    }
  }
  cv::Mat out;
  cv::remap(image, out, source, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

/// Bends a word over a hill or through a valley: its middle line becomes an arc of the same length. The image grows to hold it; around the
/// word its edge goes on.
struct Bend {
  Range arc{-60, 60};  ///< degrees between the directions of its ends, -180 .. 180: a hill above 0, a valley below

  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    require_range("Bend::arc", arc, -180, 180);
    const double w = word.image.cols, h = word.image.rows, degrees = random.uniform(arc);
    // Letters of a tight bend would meet at their feet: the middle line's radius stays above the word's height.
    const double angle = std::min(std::abs(degrees) * std::numbers::pi / 180, w / h);
    if (angle < 0.01) return;
    const double radius = w / angle, outer = radius + h / 2, inner = radius - h / 2;
    const double width = std::min(2 * outer * std::sin(angle / 2), kLongestMade * 1.0);
    const double height = std::min(outer - inner * std::cos(angle / 2), kLongestMade * 1.0);
    const cv::Size size(static_cast<int>(std::ceil(width)), static_cast<int>(std::ceil(height)));
    const bool valley = degrees < 0;
    cv::Mat_<cv::Vec2f> source(size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        // Seen from the circle's centre, which lies below a hill. A valley is a hill upside down.
        const double right = x + 0.5 - size.width / 2.0, up = outer - (valley ? size.height - 1 - y : y) - 0.5;
        const double from_x = w / 2 + radius * std::atan2(right, up) - 0.5, from_y = outer - std::hypot(right, up) - 0.5;
        source(y, x) = {static_cast<float>(from_x), static_cast<float>(valley ? h - 1 - from_y : from_y)};
      }
    cv::Mat out;
    cv::remap(word.image, out, source, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    word.image = out;
  }
};

}  // namespace scriba::augment
