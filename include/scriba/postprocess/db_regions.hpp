#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/geometry/polygon_score.hpp>
#include <scriba/postprocess/region_shape.hpp>

namespace scriba::postprocess {

/// The order of operations and its small print, where implementations differ and results with them.
enum class DbRule {
  paddle_ocr,  ///< PaddleOCR and RapidOCR: scaled to the source, then rounded half to even; corners clamped to the last pixel; slivers of 3
               ///< px dropped
  reference_python,  ///< pytorchOCR in Python: rounded half to even on the map; a score must exceed the threshold; scaled coordinates are
                     ///< cut
  reference_cpp,  ///< pytorchOCR's extension: the longer side counts as size; rounded half away from zero; a score may equal the threshold
};

/// Which pixels make the score of a region.
enum class RegionScore {
  box,     ///< those of the rectangle around the contour: fast, low for curved text; quads only
  contour  ///< those of the contour itself
};

struct DbBoxesOptions {
  float threshold = 0.3f;      ///< a pixel is text above this probability
  float box_threshold = 0.6f;  ///< a region is kept from this score on
  float unclip_ratio = 1.5f;   ///< regions grow by area * ratio / perimeter, undoing the shrinking of training
  int min_size = 3;            ///< shorter side of the shrunk region, map pixels; the grown one must reach two more
  int max_candidates = 1000;   ///< contours looked at
  bool dilate = false;         ///< 2x2 dilation of the bitmap, joins broken regions
  RegionShape shape = RegionShape::quad;
  RegionScore score = RegionScore::box;
  DbRule rule = DbRule::paddle_ocr;
  CornerOrder corners = CornerOrder::by_x;
  bool whole_pixels = true;  ///< integer coordinates, grown as Clipper does; false: floating point throughout, grown by Boost.Geometry
};

/// RapidOCR's settings for the PP-OCR detectors.
constexpr DbBoxesOptions db_boxes_pp_ocr() { return {.threshold = 0.3f, .box_threshold = 0.5f, .unclip_ratio = 1.6f, .dilate = true}; }

/// The reference's settings for DB: `rule` reference_cpp for quads; its polygons are made in Python.
constexpr DbBoxesOptions db_boxes_reference(RegionShape shape = RegionShape::quad) {
  return {.threshold = 0.5f,
          .box_threshold = 0.6f,
          .unclip_ratio = 2.0f,
          .shape = shape,
          .rule = shape == RegionShape::quad ? DbRule::reference_cpp : DbRule::reference_python};
}

namespace detail {

// Bitmap of `map` > threshold, dilated by 2x2 (each pixel with its upper and left neighbours) when asked for.
inline void db_bitmap(const cv::Mat_<float>& map, float threshold, bool dilate, cv::Mat& bitmap) {
  bitmap.create(map.size(), CV_8UC1);
  std::vector<unsigned char> wide(static_cast<std::size_t>(map.cols)), above(static_cast<std::size_t>(map.cols), 0);
  for (int y = 0; y < map.rows; ++y) {
    const float* in = map.ptr<float>(y);
    unsigned char* out = bitmap.ptr(y);
    for (int x = 0; x < map.cols; ++x) out[x] = in[x] > threshold ? 1 : 0;
    if (!dilate) continue;
    const auto columns = static_cast<std::size_t>(map.cols);
    for (std::size_t x = columns; x-- > 1;) wide[x] = out[x] | out[x - 1];
    wide[0] = out[0];
    for (std::size_t x = 0; x < columns; ++x) out[x] = wide[x] | above[x];
    wide.swap(above);
  }
}

struct DbReader {
  const cv::Mat_<float>& map;
  cv::Size2d source;
  const DbBoxesOptions& options;
  cv::Mat scratch{};

  double rounded(double v) const { return options.rule == DbRule::reference_cpp ? std::round(v) : std::nearbyint(v); }

  bool big_enough(const MinAreaQuad& box, int size) const {
    return (options.rule == DbRule::reference_cpp ? box.long_side : box.short_side) >= static_cast<float>(size);
  }

  bool score_counts(float score) const {
    return options.rule == DbRule::reference_python ? score > options.box_threshold : score >= options.box_threshold;
  }

  // From map to source pixels.
  void to_source(std::span<Point> points) const {
    const double sx = source.width / map.cols, sy = source.height / map.rows;
    for (Point& p : points) {
      double x = p.x, y = p.y;
      if (!options.whole_pixels) {
        x = std::clamp(x * sx, 0.0, source.width), y = std::clamp(y * sy, 0.0, source.height);
      } else if (options.rule == DbRule::paddle_ocr) {
        x = std::clamp(rounded(x / map.cols * source.width), 0.0, source.width);
        y = std::clamp(rounded(y / map.rows * source.height), 0.0, source.height);
      } else {
        x = std::trunc(std::clamp(rounded(x), 0.0, static_cast<double>(map.cols)) * sx);
        y = std::trunc(std::clamp(rounded(y), 0.0, static_cast<double>(map.rows)) * sy);
      }
      p = {static_cast<float>(x), static_cast<float>(y)};
    }
  }

  std::vector<Polygon> grown(std::span<const Point> polygon) const {
    const double distance = offset_distance(polygon, options.unclip_ratio);
    if (!options.whole_pixels) return offset(polygon, distance);
    if (options.shape == RegionShape::quad) return {grow_in_whole_pixels(polygon, distance)};
    return offset_in_whole_pixels(polygon, distance);
  }

  // PaddleOCR's last step: corners inside the image, nothing thinner than four pixels.
  bool keep_inside(Quad& box) const {
    box = ordered_corners(box, options.corners);
    for (Point& p : box) {
      p.x = std::clamp(p.x, 0.f, static_cast<float>(source.width) - 1);
      p.y = std::clamp(p.y, 0.f, static_cast<float>(source.height) - 1);
    }
    return static_cast<int>(distance(box[0], box[1])) > 3 && static_cast<int>(distance(box[0], box[3])) > 3;
  }

  std::optional<TextRegion> quad(std::span<const Point> contour) {
    if (options.rule == DbRule::reference_cpp && contour.size() <= 2) return {};
    const MinAreaQuad shrunk = min_area_quad(contour, options.corners);
    if (!big_enough(shrunk, options.min_size)) return {};
    const float score =
        options.score == RegionScore::box ? polygon_score(map, shrunk.corners, scratch) : polygon_score(map, contour, scratch);
    if (!score_counts(score)) return {};
    Polygon points;
    for (const Polygon& piece : grown(shrunk.corners)) points.insert(points.end(), piece.begin(), piece.end());
    if (points.empty()) return {};
    MinAreaQuad box = min_area_quad(points, options.corners);
    if (!big_enough(box, options.min_size + 2)) return {};
    to_source(box.corners);
    if (options.rule == DbRule::paddle_ocr && !keep_inside(box.corners)) return {};
    return TextRegion{{box.corners.begin(), box.corners.end()}, score};
  }

  std::optional<TextRegion> polygon(std::span<const Point> contour) {
    const cv::Mat line(static_cast<int>(contour.size()), 1, CV_32FC2, const_cast<Point*>(contour.data()));
    Polygon simple;
    cv::approxPolyDP(line, simple, 0.001 * cv::arcLength(line, true), true);
    if (simple.size() < 4) return {};
    const float score = polygon_score(map, simple, scratch);
    if (!score_counts(score)) return {};
    auto pieces = grown(simple);
    if (pieces.size() != 1 || pieces[0].size() < 3) return {};
    if (min_area_quad(pieces[0]).short_side < static_cast<float>(options.min_size + 2)) return {};
    to_source(pieces[0]);
    return TextRegion{std::move(pieces[0]), score};
  }
};

// Calls visit(contour, region) for every region that is kept; the contour is that of the shrunk text, map pixels.
template <class Visit>
void for_each_db_region(const cv::Mat_<float>& probability, cv::Size2d source, const DbBoxesOptions& options, const Visit& visit) {
  if (probability.empty() || source.width <= 0 || source.height <= 0) return;
  cv::Mat bitmap;
  db_bitmap(probability, options.threshold, options.dilate, bitmap);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(bitmap, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  DbReader reader{probability, source, options};
  const std::size_t candidates = std::min(contours.size(), static_cast<std::size_t>(std::max(options.max_candidates, 0)));
  Polygon points;
  for (std::size_t i = 0; i < candidates; ++i) {
    points.assign(contours[i].begin(), contours[i].end());
    auto region = options.shape == RegionShape::quad ? reader.quad(points) : reader.polygon(points);
    if (region) visit(std::as_const(points), std::move(*region));
  }
}

}  // namespace detail

/// Reads the regions off a DB probability map: threshold, contours, score, grow, scale.
///
/// `probability`: [H, W], of the shrunk text; values that are not numbers are background, regions with a score that is not finite are
/// dropped. `source`: size of the image that the map stands for; results are in its pixels, in the order of the contour search (bottom up).
/// Liao et al., AAAI 2020, section 3.4. An empty map gives no regions.
inline std::vector<TextRegion> db_regions(const cv::Mat_<float>& probability, cv::Size2d source, const DbBoxesOptions& options = {}) {
  std::vector<TextRegion> regions;
  detail::for_each_db_region(probability, source, options,
                             [&](const Polygon&, TextRegion region) { regions.push_back(std::move(region)); });
  return regions;
}

}  // namespace scriba::postprocess
