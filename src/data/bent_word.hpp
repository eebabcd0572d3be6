#pragma once

#include <opencv2/core.hpp>

#include <scriba/geometry/polygon.hpp>

#include "typeface.hpp"

namespace scriba::data::detail {

/// How a ribbon lies on a page. First bent: its middle line becomes an arc of `radius` pixels, a hill above 0, a valley below, straight
/// at 0. Then laid on the page by `to_page`, whose origin is the ribbon's middle.
struct Bend {
  double radius = 0;
  cv::Matx33d to_page = cv::Matx33d::eye();
};

/// A ribbon on a page.
class BentWord {
 public:
  BentWord(Ribbon ribbon, const Bend& bend);

  /// Around the letters: 4 corners, or two for each step along an arc; the upper side first, in reading direction.
  Polygon outline() const;
  /// Corners of each character.
  std::vector<Polygon> characters() const;

  /// Mixes `color` into the 8-bit BGR page where letters are, by `opacity` 0..1.
  void draw(cv::Mat& page, const cv::Scalar& color, double opacity) const;

 private:
  Point on_page(double column, double row) const;

  Ribbon ribbon_;
  Bend bend_;
  cv::Matx33d from_page_;
  double middle_x_, middle_y_;
};

}  // namespace scriba::data::detail
