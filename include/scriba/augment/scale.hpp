#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

namespace detail {

inline void require_factors(const char* where, const std::vector<double>& factors) {
  require_value(where, static_cast<double>(factors.size()), 1, 1000);
  for (const double factor : factors) require_value(where, factor, 0.01, 100);
}

}  // namespace detail

/// pytorchOCR's scale for DB, PSE and SAST: large pages shrink to `max_side`, then the page is scaled by one of `factors`, but so that its
/// shorter side stays longer than that of the crop that follows.
struct RandomScale {
  std::vector<double> factors{0.5, 1, 2, 3};
  int max_side = 1280;  ///< pixels of the longer side, before the factor
  int min_side = 640;   ///< pixels that the shorter side is longer than, by 10 where it would not be: a crop's size

  void operator()(Page& page, Random& random) const {
    require_page(page);
    detail::require_factors("RandomScale::factors", factors);
    require_value("RandomScale::max_side", max_side, 1, kLongestMade);
    require_value("RandomScale::min_side", min_side, 0, kLongestMade);
    const cv::Size2d given(page.image.size());
    const double limit = std::min(1.0, max_side / std::max(given.width, given.height));
    const double shorter = std::min(given.width, given.height) * limit;
    double factor = random.pick<double>(factors);
    if (shorter * factor <= min_side) factor = (min_side + 10) / shorter;
    resize_page(page, {given.width * limit * factor, given.height * limit * factor});
  }
};

/// pytorchOCR's scale for PAN: the shorter side becomes `side` times one of `factors`, the aspect ratio (height to width) changes by one
/// of `aspects`, and both sides are rounded up to `multiple`.
struct ScaleShorterSide {
  int side = 736;
  std::vector<double> factors{0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3};
  std::vector<double> aspects{0.9, 0.95, 1, 1.05, 1.1};
  int multiple = 32;

  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_value("ScaleShorterSide::side", side, 1, kLongestMade);
    detail::require_factors("ScaleShorterSide::factors", factors);
    detail::require_factors("ScaleShorterSide::aspects", aspects);
    require_value("ScaleShorterSide::multiple", multiple, 1, 1024);
    const cv::Size2d given(page.image.size());
    const double factor = random.pick<double>(factors) * side / std::min(given.width, given.height);
    const double higher = std::sqrt(random.pick<double>(aspects));
    // What is a multiple but for rounding stays one.
    const auto up = [&](double length) { return std::ceil(length / multiple - 1e-9) * multiple; };
    resize_page(page, {up(given.width * factor / higher), up(given.height * factor * higher)});
  }
};

}  // namespace scriba::augment
