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
  tall,    ///< height at least 1.5 times the width: PaddleOCR, RapidOCR
  taller,  ///< at least twice: keeps most single characters, which are narrow but not text that runs downwards, upright
  never
};

struct CropOptions {
  CropTurn turn = CropTurn::tall;
  int max_side = 8192;  ///< longer crops are scaled down: 200 MB at most
};

namespace detail {

constexpr int kWarpLimit = 32'000;  // OpenCV's warping takes no image longer than 32766

// The part of the image that the crop of a quad can touch, never empty. Bicubic interpolation reads two pixels around a point. Quads that
// are not convex have no bounded perspective: they may touch everything.
inline cv::Rect touched_part(const cv::Mat& image, const Quad& quad) {
  const cv::Rect all(0, 0, image.cols, image.rows);
  int turns = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = quad[(i + 1) % 4] - quad[i], b = quad[(i + 2) % 4] - quad[(i + 1) % 4];
    const double turn = static_cast<double>(a.x) * b.y - static_cast<double>(a.y) * b.x;
    turns += turn > 0 ? 1 : turn < 0 ? -1 : 0;
  }
  if (std::abs(turns) != 4) return all;
  constexpr int kMargin = 4;
  const cv::Rect bounds = pixel_bounds(quad);
  // Beyond the image its border goes on: a quad outside still touches the nearest rows or columns.
  const int left = std::clamp(bounds.x - kMargin, 0, image.cols - 1),
            right = std::clamp(bounds.x + bounds.width + kMargin, left + 1, image.cols);
  const int top = std::clamp(bounds.y - kMargin, 0, image.rows - 1),
            bottom = std::clamp(bounds.y + bounds.height + kMargin, top + 1, image.rows);
  return {left, top, right - left, bottom - top};
}

// Width and height of a quad's crop before it is turned.
inline cv::Size upright_size(const Quad& quad, const CropOptions& options) {
  const auto side = [&](double length) { return std::clamp(static_cast<int>(length), 1, std::clamp(options.max_side, 1, kWarpLimit)); };
  return {side(std::max(distance(quad[0], quad[1]), distance(quad[3], quad[2]))),
          side(std::max(distance(quad[0], quad[3]), distance(quad[1], quad[2])))};
}

inline bool turns(cv::Size upright, CropTurn turn) {
  const double tall = turn == CropTurn::tall ? 1.5 : 2.0;
  return turn != CropTurn::never && static_cast<double>(upright.height) / upright.width >= tall;
}

}  // namespace detail

/// The text in a quad (top left, top right, bottom right, bottom left; source pixels) as an upright image: perspective transform,
/// bicubic, borders replicated. Width and height are the longer of two opposite sides, cut to whole pixels. Corners may lie outside
/// the image, up to a million pixels. A quad without extent gives at least one pixel. Only the part of the image around the quad is read;
/// the pixels are those of the whole image's transform.
///
/// Throws Error for an empty image, pixels that are not 8-bit, 16-bit or float, and corners that are not finite or further out.
inline cv::Mat crop_quad(const cv::Mat& image, const Quad& quad, const CropOptions& options = {}) {
  if (image.empty() || image.dims > 2 || image.depth() == CV_8S || image.depth() == CV_32S || image.channels() > 4)
    throw Error({.what = "cannot crop",
                 .expected = "an image of 8-bit, 16-bit or float pixels",
                 .got = image.empty() ? "none" : cv::typeToString(image.type())});
  if (!finite(quad) || std::any_of(quad.begin(), quad.end(), [](const Point& p) { return std::max(std::abs(p.x), std::abs(p.y)) > 1e6f; }))
    throw Error({.what = "cannot crop", .where = "quad", .expected = "corners within a million pixels"});
  const auto [width, height] = detail::upright_size(quad, options);
  const cv::Rect bounds = detail::touched_part(image, quad);
  cv::Mat part = image(bounds);
  const Point origin(static_cast<float>(bounds.x), static_cast<float>(bounds.y));
  std::array<Point, 4> from{quad[0] - origin, quad[1] - origin, quad[2] - origin, quad[3] - origin};
  if (const int longest = std::max(part.cols, part.rows); longest > detail::kWarpLimit) {
    const double ratio = static_cast<double>(detail::kWarpLimit) / longest;
    const cv::Size size(std::max(1, static_cast<int>(part.cols * ratio)), std::max(1, static_cast<int>(part.rows * ratio)));
    for (Point& p : from)
      p = {p.x * static_cast<float>(size.width) / static_cast<float>(part.cols),
           p.y * static_cast<float>(size.height) / static_cast<float>(part.rows)};
    cv::Mat smaller;
    cv::resize(part, smaller, size, 0, 0, cv::INTER_AREA);
    part = smaller;
  }
  const float w = static_cast<float>(width), h = static_cast<float>(height);
  const std::array<Point, 4> to{Point(0, 0), Point(w, 0), Point(w, h), Point(0, h)};
  cv::Mat crop;
  const cv::Mat transform = cv::getPerspectiveTransform(from.data(), to.data());
  if (cv::checkRange(transform) && std::abs(cv::determinant(transform)) > 1e-12)
    cv::warpPerspective(part, crop, transform, {width, height}, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  else
    cv::resize(part, crop, {width, height});  // corners in a line: there is no perspective to undo

  if (detail::turns({width, height}, options.turn)) cv::rotate(crop, crop, cv::ROTATE_90_COUNTERCLOCKWISE);
  return crop;
}

/// Where the corners of crop_quad()'s crop are in the image: top left, top right, bottom right, bottom left of the crop as it is read.
/// `upside_down`: the crop was turned by 180 degrees after that.
inline Quad reading_quad(const Quad& quad, const CropOptions& options = {}, bool upside_down = false) {
  const std::size_t first = (detail::turns(detail::upright_size(quad, options), options.turn) ? 1 : 0) + (upside_down ? 2 : 0);
  return {quad[first % 4], quad[(first + 1) % 4], quad[(first + 2) % 4], quad[(first + 3) % 4]};
}

/// The quad that is cropped for a polygon: itself, or its smallest rectangle. Throws Error for no points and coordinates that are not
/// finite.
inline Quad crop_corners(std::span<const Point> polygon) {
  if (polygon.size() == 4) return {polygon[0], polygon[1], polygon[2], polygon[3]};
  if (polygon.empty() || !finite(polygon))
    throw Error({.what = "cannot crop", .where = "polygon", .expected = "points with finite coordinates"});
  return min_area_quad(polygon).corners;
}

/// The same for a polygon of any length.
inline cv::Mat crop_polygon(const cv::Mat& image, std::span<const Point> polygon, const CropOptions& options = {}) {
  return crop_quad(image, crop_corners(polygon), options);
}

}  // namespace scriba
