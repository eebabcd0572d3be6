#pragma once

#include <scriba/augment/cut_texts.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/augment/transform.hpp>

namespace scriba::augment {

/// Turns the page around its centre; its size stays, so corners are lost.
struct RotateDegrees {
  Range angle{-10, 10};  ///< clockwise as seen, uniform
  CutTexts cut{};
  cv::Scalar fill{};

  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_range("RotateDegrees::angle", angle, -180, 180);
    const double x = (page.image.cols - 1) / 2.0, y = (page.image.rows - 1) / 2.0;
    const Transform turn = Transform::move(-x, -y).then(Transform::rotate(random.uniform(angle))).then(Transform::move(x, y));
    move_page(page, turn, page.image.size(), fill, cut);
  }
};

}  // namespace scriba::augment
