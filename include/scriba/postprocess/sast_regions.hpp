#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/lanms.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/postprocess/region_shape.hpp>

namespace scriba::postprocess {

struct SastBoxesOptions {
  float score_threshold = 0.7f;              ///< a pixel is on a centre line above this probability
  double nms_threshold = 0.2;                ///< intersection over union from which two quads are the same text
  int point_pairs = 0;                       ///< of a polygon, along the text; 0: as many as the text is times as long as high
  RegionShape shape = RegionShape::polygon;  ///< quads are polygons of two pairs
  double expand_ends = 0.3;                  ///< both ends are moved outwards by this times the height of the text there
  double expand_height = 1;                  ///< offsets to the borders are stretched by this, by 0.5 to 3 map pixels; 1 leaves them
  double min_quad_area = 5;                  ///< map pixels; quads against the clock are below 0
  double min_quad_side = 3;                  ///< map pixels
  double min_fill = 0.1;                     ///< sum of the scores of an instance's pixels per area of its quad
  CornerPairing pairing = CornerPairing::nearest;
};

/// The reference's settings for ICDAR 2015: four corners.
constexpr SastBoxesOptions sast_boxes_reference() { return {.shape = RegionShape::quad, .pairing = CornerPairing::reference}; }

/// The reference's rules for curved text.
constexpr SastBoxesOptions sast_boxes_reference_curved() { return {.pairing = CornerPairing::reference}; }

/// The maps of one image, each [H/4, W/4]. Offsets are in map pixels.
struct SastPlanes {
  cv::Mat_<float> score;                  ///< probability of the centre line
  std::array<cv::Mat_<float>, 4> border;  ///< from a pixel to the upper border (y, x) and to the lower one (y, x): text border offset
  std::array<cv::Mat_<float>, 8> tvo;     ///< pixel minus each corner of the text's quad (x, y): text vertex offset
  std::array<cv::Mat_<float>, 2> tco;     ///< pixel minus the centre of the text (x, y): text centre offset
};

/// A pixel of a centre line and the instance that it belongs to.
struct SastPixel {
  int x{}, y{};
  float score{};
  std::size_t instance{};  ///< index of a quad
};

struct SastInstances {
  std::vector<ScoredQuad> quads;  ///< map pixels, from the highest score down
  std::vector<SastPixel> pixels;  ///< raster order
};

namespace detail {

inline void check_planes(const SastPlanes& planes) {
  const auto check = [&](std::span<const cv::Mat_<float>> maps, const char* name) {
    for (const auto& map : maps)
      if (map.size() != planes.score.size())
        throw Error({.what = "cannot read regions off these maps",
                     .where = std::string("SAST ") + name,
                     .expected = "the size of the score map",
                     .got = std::to_string(map.rows) + " x " + std::to_string(map.cols)});
  };
  check(planes.border, "border");
  check(planes.tvo, "tvo");
  check(planes.tco, "tco");
}

// Pixels above the threshold whose offsets are all numbers, without instance.
inline std::vector<SastPixel> centre_pixels(const SastPlanes& planes, float threshold) {
  std::vector<SastPixel> out;
  const auto finite_at = [](std::span<const cv::Mat_<float>> maps, int y, int x) {
    return std::all_of(maps.begin(), maps.end(), [&](const auto& map) { return std::isfinite(map(y, x)); });
  };
  for (int y = 0; y < planes.score.rows; ++y) {
    const float* score = planes.score.ptr<float>(y);
    for (int x = 0; x < planes.score.cols; ++x)
      if (score[x] > threshold && std::isfinite(score[x]) && finite_at(planes.border, y, x) && finite_at(planes.tvo, y, x) &&
          finite_at(planes.tco, y, x))
        out.push_back({x, y, score[x], 0});
  }
  return out;
}

// Nearest of a set of points; of equally near ones the first.
class NearestPoint {
 public:
  explicit NearestPoint(std::vector<cv::Point2d> points) : points_(std::move(points)), by_x_(points_.size()) {
    std::iota(by_x_.begin(), by_x_.end(), std::size_t{0});
    std::stable_sort(by_x_.begin(), by_x_.end(), [&](std::size_t a, std::size_t b) { return points_[a].x < points_[b].x; });
  }

  // There must be a point. Walks from the same x to both sides until x alone is farther than the best.
  std::size_t operator()(cv::Point2d p) const {
    std::size_t best = by_x_[0];
    double least = std::numeric_limits<double>::infinity();
    const auto nearer = [&](std::size_t i) {
      const cv::Point2d off = points_[i] - p;
      if (off.x * off.x > least) return false;
      const double distance = off.dot(off);
      if (distance < least || (distance == least && i < best)) least = distance, best = i;
      return true;
    };
    const auto right = std::partition_point(by_x_.begin(), by_x_.end(), [&](std::size_t i) { return points_[i].x < p.x; });
    for (auto i = right; i != by_x_.end() && nearer(*i);) ++i;
    for (auto i = right; i != by_x_.begin() && nearer(*(i - 1));) --i;
    return best;
  }

 private:
  std::vector<cv::Point2d> points_;
  std::vector<std::size_t> by_x_;
};

// `count` whole numbers from 0 to last, evenly apart and cut down; the first and the last are among them.
inline std::vector<std::size_t> even_indices(std::size_t last, int count) {
  std::vector<std::size_t> out;
  const double step = static_cast<double>(last) / (count - 1);
  for (int i = 0; i + 1 < count; ++i)
    out.push_back(static_cast<std::size_t>(static_cast<float>(i * step)));  // float as the reference: 2.99999999 is 3
  out.push_back(last);
  return out;
}

// Makes one region of the pixels of an instance.
struct SastShaper {
  const SastPlanes& planes;
  cv::Size2d source;
  const SastBoxesOptions& options;

  cv::Point2d to_source(double x, double y) const { return {x * source.width / planes.score.cols, y * source.height / planes.score.rows}; }

  static double length(cv::Point2d v) { return std::hypot(v.x, v.y); }

  bool plausible(const ScoredQuad::Corners& quad, double score_sum) const {
    double quad_area = 0;
    for (std::size_t i = 0; i < 4; ++i) quad_area += quad[i].cross(quad[(i + 1) % 4]) / 2;
    return quad_area >= options.min_quad_area && std::min(length(quad[1] - quad[0]), length(quad[2] - quad[1])) >= options.min_quad_side &&
           score_sum / quad_area >= options.min_fill;
  }

  // Along the text; pixels abreast of each other stay in raster order.
  static void sort_along(const ScoredQuad::Corners& quad, std::vector<SastPixel>& pixels) {
    cv::Point2d along = (quad[1] + quad[2] - quad[0] - quad[3]) / 2;
    along /= length(along) + 1e-6;
    const auto projection = [&](const SastPixel& p) { return p.x * along.x + p.y * along.y; };
    std::stable_sort(pixels.begin(), pixels.end(), [&](const SastPixel& a, const SastPixel& b) { return projection(a) < projection(b); });
  }

  // As many pairs as the centre line is times as long as the quad is high.
  int pairs(const ScoredQuad::Corners& quad, const std::vector<SastPixel>& pixels) const {
    if (options.shape == RegionShape::quad) return 2;
    if (options.point_pairs > 0) return std::max(options.point_pairs, 2);
    const double height = (length(quad[0] - quad[3]) + length(quad[1] - quad[2])) / 2;
    const double width = (length(quad[0] - quad[1]) + length(quad[2] - quad[3])) / 2;
    const auto sampled = even_indices(pixels.size() - 1, static_cast<int>(std::clamp(width, 2.0, 1e6)));
    double line = 0;
    for (std::size_t i = 1; i < sampled.size(); ++i) {
      const SastPixel &a = pixels[sampled[i - 1]], &b = pixels[sampled[i]];
      line += std::hypot(b.x - a.x, b.y - a.y);
    }
    return static_cast<int>(std::clamp(line / height, 2.0, 1e6));
  }

  // The point of the upper (0) or lower (1) border abreast of a pixel, source pixels.
  cv::Point2d border_point(const SastPixel& p, std::size_t side) const {
    cv::Point2d offset(planes.border[2 * side + 1](p.y, p.x), planes.border[2 * side](p.y, p.x));
    if (const double distance = length(offset); options.expand_height != 1 && distance > 0)
      offset += offset / distance * std::clamp(distance * (options.expand_height - 1), 0.5, 3.0);
    return to_source(p.x + offset.x, p.y + offset.y);
  }

  // Moves both ends outwards in the direction of their next pair, by a share of the height of the left of the two pairs.
  void expand_ends(std::vector<cv::Point2d>& top, std::vector<cv::Point2d>& bottom) const {
    const std::size_t last = top.size() - 1;
    const auto ratio = [&](std::size_t left) {
      return options.expand_ends * length(top[left] - bottom[left]) / (length(top[left + 1] - top[left]) + 1e-6);
    };
    const double first_ratio = ratio(0), last_ratio = ratio(last - 1);
    const std::array<cv::Point2d, 4> moved{top[0] + (top[0] - top[1]) * first_ratio, bottom[0] + (bottom[0] - bottom[1]) * first_ratio,
                                           top[last] + (top[last] - top[last - 1]) * last_ratio,
                                           bottom[last] + (bottom[last] - bottom[last - 1]) * last_ratio};
    top[0] = moved[0], bottom[0] = moved[1], top[last] = moved[2], bottom[last] = moved[3];
  }

  std::optional<TextRegion> region(const ScoredQuad::Corners& quad, std::vector<SastPixel>& pixels) const {
    if (pixels.empty()) return {};
    const double score_sum =
        std::accumulate(pixels.begin(), pixels.end(), 0.0, [](double sum, const SastPixel& p) { return sum + p.score; });
    if (!plausible(quad, score_sum)) return {};
    sort_along(quad, pixels);
    std::vector<cv::Point2d> top, bottom;
    for (const std::size_t i : even_indices(pixels.size() - 1, pairs(quad, pixels))) {
      top.push_back(border_point(pixels[i], 0));
      bottom.push_back(border_point(pixels[i], 1));
    }
    expand_ends(top, bottom);
    top.insert(top.end(), bottom.rbegin(), bottom.rend());
    TextRegion out{{}, static_cast<float>(score_sum / static_cast<double>(pixels.size()))};
    for (const cv::Point2d& p : top)
      out.polygon.emplace_back(static_cast<float>(std::clamp(p.x, 0.0, source.width)),
                               static_cast<float>(std::clamp(p.y, 0.0, source.height)));
    return out;
  }
};

}  // namespace detail

/// Pixels of the centre lines, each with its text: every pixel tells where the corners of its text are, quads that agree are merged, and
/// pixels go to the quad whose centre is nearest to where they expect theirs. Values that are not finite are background.
/// Throws Error when maps differ in size.
inline SastInstances sast_instances(const SastPlanes& planes, const SastBoxesOptions& options = {}) {
  detail::check_planes(planes);
  SastInstances out;
  out.pixels = detail::centre_pixels(planes, options.score_threshold);
  std::vector<ScoredQuad> quads;
  quads.reserve(out.pixels.size());
  for (const auto& p : out.pixels) {
    ScoredQuad quad{{}, static_cast<double>(p.score)};
    for (std::size_t k = 0; k < 4; ++k)
      quad.corners[k] = {static_cast<double>(p.x) - planes.tvo[2 * k](p.y, p.x),
                         static_cast<double>(p.y) - planes.tvo[2 * k + 1](p.y, p.x)};
    quads.push_back(quad);
  }
  out.quads = locality_aware_nms(quads, options.nms_threshold, options.pairing);
  if (out.quads.empty()) return out;
  std::vector<cv::Point2d> centres;
  for (const auto& quad : out.quads) centres.push_back((quad.corners[0] + quad.corners[1] + quad.corners[2] + quad.corners[3]) / 4);
  const detail::NearestPoint nearest(std::move(centres));
  for (auto& p : out.pixels)
    p.instance = nearest({static_cast<double>(p.x) - planes.tco[0](p.y, p.x), static_cast<double>(p.y) - planes.tco[1](p.y, p.x)});
  return out;
}

/// Reads the regions off the maps of a SAST head. Wang et al., ACM MM 2019, section 3.4.
///
/// `source`: size of the image that the maps stand for; results are in its pixels and inside it. Polygons run along the upper border from
/// the start of the text to its end and back along the lower one, so the first point is the top left of the text whatever its direction.
inline std::vector<TextRegion> sast_regions(const SastPlanes& planes, cv::Size2d source, const SastBoxesOptions& options = {}) {
  std::vector<TextRegion> regions;
  if (planes.score.empty() || source.width <= 0 || source.height <= 0) return regions;
  const SastInstances instances = sast_instances(planes, options);
  std::vector<std::vector<SastPixel>> pixels(instances.quads.size());
  for (const auto& p : instances.pixels) pixels[p.instance].push_back(p);
  const detail::SastShaper shaper{planes, source, options};
  for (std::size_t i = 0; i < pixels.size(); ++i)
    if (auto region = shaper.region(instances.quads[i].corners, pixels[i])) regions.push_back(std::move(*region));
  return regions;
}

}  // namespace scriba::postprocess
