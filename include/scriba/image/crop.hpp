#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// When an upright crop is turned by 90 degrees counter-clockwise before reading, since its text runs downwards.
enum class CropTurn {
  tall,   ///< height at least 1.5 times the width: PaddleOCR, RapidOCR
  taller, ///< at least twice: keeps narrow single characters such as 1 and l upright
  never
};

struct CropOptions {
  CropTurn turn = CropTurn::tall;
  int max_side = 8192;  ///< longer crops are scaled down
};

/// The text in a quad (top left, top right, bottom right, bottom left; source pixels) as an upright image: perspective transform,
/// bicubic, borders replicated. Corners may lie outside the image. A quad without extent gives at least one pixel.
inline cv::Mat crop_quad(const cv::Mat& image, const Quad& quad, const CropOptions& options = {}) {
  if (image.empty()) throw Error({.what = "cannot crop", .expected = "an image with pixels"});
  if (!finite(quad)) throw Error({.what = "cannot crop", .where = "quad", .expected = "finite corners"});
  const auto side = [&](double length) { return std::clamp(static_cast<int>(length), 1, options.max_side); };
  const int width = side(std::max(distance(quad[0], quad[1]), distance(quad[3], quad[2])));
  const int height = side(std::max(distance(quad[0], quad[3]), distance(quad[1], quad[2])));

  // Only the part of the image around the quad is looked at; bicubic reads two pixels beyond it.
  constexpr int kMargin = 3;
  const cv::Rect bounds = pixel_bounds(quad);
  cv::Rect part(bounds.x - kMargin, bounds.y - kMargin, bounds.width + 2 * kMargin + 1, bounds.height + 2 * kMargin + 1);
  part &= cv::Rect(0, 0, image.cols, image.rows);
  if (part.empty()) part = {std::clamp(bounds.x, 0, image.cols - 1), std::clamp(bounds.y, 0, image.rows - 1), 1, 1};
  const Point origin(static_cast<float>(part.x), static_cast<float>(part.y));
  const std::array<Point, 4> from{quad[0] - origin, quad[1] - origin, quad[2] - origin, quad[3] - origin};
  const float w = static_cast<float>(width), h = static_cast<float>(height);
  const std::array<Point, 4> to{Point(0, 0), Point(w, 0), Point(w, h), Point(0, h)};
  cv::Mat crop;
  const cv::Mat transform = cv::getPerspectiveTransform(from.data(), to.data());
  if (cv::checkRange(transform) && std::abs(cv::determinant(transform)) > 1e-12)
    cv::warpPerspective(image(part), crop, transform, {width, height}, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  else
    cv::resize(image(part), crop, {width, height});  // corners in a line: there is no perspective to undo

  const double tall = options.turn == CropTurn::tall ? 1.5 : 2.0;
  if (options.turn != CropTurn::never && static_cast<double>(height) / width >= tall) cv::rotate(crop, crop, cv::ROTATE_90_COUNTERCLOCKWISE);
  return crop;
}

/// The same for a polygon of any length: its smallest rectangle is cropped.
inline cv::Mat crop_polygon(const cv::Mat& image, std::span<const Point> polygon, const CropOptions& options = {}) {
  if (polygon.size() == 4) return crop_quad(image, {polygon[0], polygon[1], polygon[2], polygon[3]}, options);
  if (polygon.empty()) throw Error({.what = "cannot crop", .where = "polygon", .expected = "points", .got = "none"});
  return crop_quad(image, min_area_quad(polygon).corners, options);
}

}  // namespace scriba
