#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba::augment {

/// Moves points of one image to where they are in another: an affine or perspective map, which moves the pixels alike. Integer coordinates
/// are the centres of pixels.
class Transform {
 public:
  /// Leaves everything where it is.
  Transform() : matrix_(cv::Matx33d::eye()) {}
  explicit Transform(const cv::Matx33d& matrix) : matrix_(matrix) {}

  static Transform move(double dx, double dy) { return Transform({1, 0, dx, 0, 1, dy, 0, 0, 1}); }
  /// About (0, 0).
  static Transform scale(double x, double y) { return Transform({x, 0, 0, 0, y, 0, 0, 0, 1}); }
  /// About (0, 0), clockwise as seen.
  static Transform rotate(double degrees) {
    const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
    return Transform({c, -s, 0, s, c, 0, 0, 0, 1});
  }
  /// What `cv::resize` does from one size to another: the corners of the images meet, not the centres of their corner pixels.
  static Transform resize(cv::Size from, cv::Size to) {
    const double x = static_cast<double>(to.width) / from.width, y = static_cast<double>(to.height) / from.height;
    return Transform({x, 0, (x - 1) / 2, 0, y, (y - 1) / 2, 0, 0, 1});
  }
  /// The perspective that takes four points to four others. Throws Error when there is none, as for corners in a line.
  static Transform perspective(const Quad& from, const Quad& to) {
    const cv::Mat matrix = cv::getPerspectiveTransform(from.data(), to.data());
    if (!cv::checkRange(matrix) || std::abs(cv::determinant(matrix)) < 1e-12)
      throw Error({.what = "no perspective takes these corners to those", .expected = "corners that are not in a line"});
    return Transform(cv::Matx33d(matrix));
  }

  /// First this one, then `next`.
  Transform then(const Transform& next) const { return Transform(next.matrix_ * matrix_); }
  /// Takes points back. Throws Error for a map that flattens the image.
  Transform inverse() const {
    bool possible = false;
    const cv::Matx33d back = matrix_.inv(cv::DECOMP_LU, &possible);
    if (!possible) throw Error({.what = "cannot undo a transform", .expected = "one that does not flatten the image"});
    return Transform(back);
  }

  bool affine() const { return matrix_(2, 0) == 0 && matrix_(2, 1) == 0 && matrix_(2, 2) == 1; }
  const cv::Matx33d& matrix() const { return matrix_; }

  /// Points on the horizon of a perspective become infinite or NaN.
  Point operator()(const Point& p) const {
    const cv::Vec3d q = matrix_ * cv::Vec3d(p.x, p.y, 1);
    return {static_cast<float>(q[0] / q[2]), static_cast<float>(q[1] / q[2])};
  }
  Polygon operator()(std::span<const Point> polygon) const {
    Polygon out;
    out.reserve(polygon.size());
    for (const Point& p : polygon) out.push_back((*this)(p));
    return out;
  }

  /// The moved image: a new one of `size`, bilinear, reduced by areas first where it becomes less than half as large. What the image does
  /// not cover is `fill`ed, or continued with the image's edge for `cv::BORDER_REPLICATE`. Only the part of the image that is seen is read.
  cv::Mat warp(const cv::Mat& image, cv::Size size, const cv::Scalar& fill = {}, int border = cv::BORDER_CONSTANT) const {
    cv::Mat out;
    if (!affine()) {
      cv::warpPerspective(image, out, matrix_, size, cv::INTER_LINEAR, border, fill);
      return out;
    }
    const cv::Rect seen = seen_part(image.size(), size, border == cv::BORDER_CONSTANT);
    if (seen.empty()) return cv::Mat(size, image.type(), fill);
    cv::Mat part = image(seen);
    Transform map = move(seen.x, seen.y).then(*this);
    const double ratio = std::sqrt(std::abs(cv::determinant(matrix_.get_minor<2, 2>(0, 0))));
    if (const int times = static_cast<int>(std::min(1 / ratio, 1e4)); times >= 2) {
      const cv::Size smaller(std::max(part.cols / times, 1), std::max(part.rows / times, 1));
      map = resize(smaller, part.size()).then(map);
      cv::Mat reduced;
      cv::resize(part, reduced, smaller, 0, 0, cv::INTER_AREA);
      part = reduced;
    }
    cv::warpAffine(part, out, map.matrix_.get_minor<2, 3>(0, 0), size, cv::INTER_LINEAR, border, fill);
    return out;
  }

 private:
  // Bilinear interpolation reads one pixel around a point. Where the edge is continued, at least one row and column of it is needed.
  cv::Rect seen_part(cv::Size from, cv::Size to, bool may_be_none) const {
    const float w = static_cast<float>(to.width), h = static_cast<float>(to.height);
    const cv::Rect touched = pixel_bounds(inverse()(Polygon{{-1, -1}, {w, -1}, {w, h}, {-1, h}}));
    constexpr int kMargin = 2;
    const auto place = [&](int at, int last) { return std::clamp(at, 0, last); };
    const cv::Point first(touched.x - kMargin, touched.y - kMargin), last(touched.br() + cv::Point(kMargin, kMargin));
    if (may_be_none) return cv::Rect(first, last + cv::Point(1, 1)) & cv::Rect({0, 0}, from);
    return {cv::Point(place(first.x, from.width - 1), place(first.y, from.height - 1)),
            cv::Point(place(last.x, from.width - 1) + 1, place(last.y, from.height - 1) + 1)};
  }

  cv::Matx33d matrix_;
};

}  // namespace scriba::augment
