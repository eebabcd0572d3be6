#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/cut_texts.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/augment/transform.hpp>
#include <scriba/image/resize.hpp>

namespace scriba::augment {

/// Scale, aspect, rotation and crop in one resampling: the fast and sharp way to a detector's training crops.
///
/// The crop lies inside the page as far as it fits (its corners may stick out where it is turned), at random or so that a readable text's
/// centre is in it. A page that is smaller lies at random inside the crop.
struct AffineCrop {
  cv::Size size{640, 640};     ///< of the crop: the network's input
  Range scale{0.6, 1.7};       ///< crop pixels a page pixel, log-uniform
  Range aspect{0.9, 1.1};      ///< how much wider things become than higher, log-uniform
  Range angle{-10, 10};        ///< degrees, clockwise as seen
  double angle_deviation = 5;  ///< degrees: angles are normal around the middle of `angle`, those outside drawn again; 0: uniform
  double near_text = 0.8;      ///< how many of the crops are placed around a readable text, 0 .. 1
  /// Scales are then relative to the size that this gives a page, which is how large a detector sees it when it is used.
  std::optional<DetectorResize> relative_to{};
  CutTexts cut{};
  cv::Scalar fill{};  ///< where there is no page

  /// Throws Error for a bad page and for options out of range.
  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_size("AffineCrop::size", size);
    require_range("AffineCrop::scale", scale, 1e-3, 1e3);
    require_range("AffineCrop::aspect", aspect, 0.1, 10);
    require_range("AffineCrop::angle", angle, -180, 180);
    require_value("AffineCrop::angle_deviation", angle_deviation, 0, 180);
    require_value("AffineCrop::near_text", near_text, 0, 1);

    const double factor = random.log_uniform(scale) * base_scale(page.image.size()), wider = std::sqrt(random.log_uniform(aspect));
    const cv::Point2d ratio(factor * wider, factor / wider);
    const double degrees = drawn_angle(random);
    const Transform turned = Transform::scale(ratio.x, ratio.y).then(Transform::rotate(degrees));
    const cv::Point2d centre = window_centre(page, {(size.width - 1) / ratio.x, (size.height - 1) / ratio.y}, turned.inverse(), random);
    const Transform to_centre = Transform::move((size.width - 1) / 2.0, (size.height - 1) / 2.0);
    move_page(page, Transform::move(-centre.x, -centre.y).then(turned).then(to_centre), size, fill, cut);
  }

 private:
  double base_scale(cv::Size page) const {
    if (!relative_to) return 1;
    const cv::Size used = (*relative_to)(page);
    return std::sqrt(static_cast<double>(used.width) / page.width * used.height / page.height);
  }

  double drawn_angle(Random& random) const {
    const double middle = (angle.low + angle.high) / 2;
    // A range much narrower than the deviation is as good as uniform, and is not searched for long.
    for (int i = 0; angle_deviation > 0 && i < 20; ++i)
      if (const double degrees = middle + angle_deviation * random.normal(); degrees >= angle.low && degrees <= angle.high) return degrees;
    return random.uniform(angle);
  }

  // In page pixels. `window`: of them from the first to the last pixel of the crop, before it is turned; `back`: from crop to page, without
  // moving.
  cv::Point2d window_centre(const Page& page, const cv::Size2d& window, const Transform& back, Random& random) const {
    const cv::Size2d last(page.image.cols - 1, page.image.rows - 1);
    std::vector<const Polygon*> readable;
    for (const auto& text : page.texts)
      if (!text.ignore && !text.polygon.empty() && finite(text.polygon)) readable.push_back(&text.polygon);
    cv::Point2d centre{random.uniform({0, last.width}), random.uniform({0, last.height})};  // braces: drawn in this order everywhere
    if (random.chance(near_text) && !readable.empty()) {
      const Polygon& polygon = *random.pick<const Polygon*>(readable);
      const double x = size.width * (random.uniform() - 0.5), y = size.height * (random.uniform() - 0.5);
      centre = -cv::Point2d(back(Point(static_cast<float>(x), static_cast<float>(y))));
      for (const Point& p : polygon) centre += cv::Point2d(p) / static_cast<double>(polygon.size());
    }
    const auto fitted = [&](double at, double length, double end) {
      const double nearest = length / 2, farthest = end - length / 2;  // swapped where the page is smaller
      return nearest <= farthest ? std::clamp(at, nearest, farthest) : random.uniform({farthest, nearest});
    };
    return {fitted(centre.x, window.width, last.width), fitted(centre.y, window.height, last.height)};
  }
};

}  // namespace scriba::augment
