#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba {

struct ScoredQuad {
  using Corners = std::array<cv::Point2d, 4>;
  Corners corners{};  ///< pixels; any starting corner, either direction
  double score{};     ///< >= 0; of merged quads the sum
};

/// How the corners of two quads that are merged are paired.
enum class CornerPairing {
  nearest,    ///< of the four starts and two directions the one with the least squared distances
  reference,  ///< the published code: looks for that one too, but measures and turns differently, so that a quad that starts elsewhere is
              ///< averaged as it is, and some are turned wrongly
};

/// Locality-aware non-maximum suppression: Zhou et al., "EAST: an efficient and accurate scene text detector", CVPR 2017, section 3.6.
///
/// `quads` in raster order of the pixels that they come from: each is merged with the one before it (corners averaged by score, scores
/// summed) when their intersection over union exceeds `threshold`. Of what is left, a quad goes that overlaps a better one by more than
/// `threshold`. Returns quads from the highest score down, equal scores in their order. Quads with coordinates that are not finite go.
///
/// Merging is linear, suppression compares every quad with those that were kept, most of them by their bounds only.
std::vector<ScoredQuad> locality_aware_nms(std::span<const ScoredQuad> quads, double threshold,
                                           CornerPairing pairing = CornerPairing::nearest);

namespace detail {

// What comparing needs, computed once for each quad.
struct PreparedQuad {
  std::array<cv::Point2d, 4> corners;  // clockwise when convex
  cv::Point2d low, high;               // bounds
  double area{};
  bool convex{};

  explicit PreparedQuad(const std::array<cv::Point2d, 4>& points) : corners(points), low(points[0]), high(points[0]) {
    int left = 0, right = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const cv::Point2d &a = points[i], &b = points[(i + 1) % 4], &c = points[(i + 2) % 4];
      area += a.cross(b) / 2;
      const double turn = (b - a).cross(c - b);
      left += turn<0, right += turn> 0;
      low = {std::min(low.x, a.x), std::min(low.y, a.y)};
      high = {std::max(high.x, a.x), std::max(high.y, a.y)};
    }
    convex = left == 0 || right == 0;  // with four corners this is enough: two rounds take five
    if (area < 0) std::reverse(corners.begin(), corners.end());
    area = std::abs(area);
  }
};

// Sutherland and Hodgman: one polygon cut by the edges of the other. Four corners cut by four edges are eight at most.
inline double convex_overlap(const PreparedQuad& a, const PreparedQuad& b) {
  std::array<cv::Point2d, 12> points, cut;
  std::size_t size = 4;
  std::copy(a.corners.begin(), a.corners.end(), points.begin());
  for (std::size_t e = 0; e < 4 && size > 0; ++e) {
    const cv::Point2d &from = b.corners[e], along = b.corners[(e + 1) % 4] - from;
    std::size_t kept = 0;
    cv::Point2d before = points[size - 1];
    double side_before = along.cross(before - from);
    for (std::size_t i = 0; i < size; ++i) {
      const cv::Point2d p = points[i];
      const double side = along.cross(p - from);
      if ((side < 0) != (side_before < 0)) cut[kept++] = before + (p - before) * (side_before / (side_before - side));
      if (side >= 0) cut[kept++] = p;
      before = p, side_before = side;
    }
    std::swap(points, cut);
    size = kept;
  }
  double twice = 0;
  for (std::size_t i = 0; i < size; ++i) twice += points[i].cross(points[(i + 1) % size]);
  return std::max(twice / 2, 0.0);
}

inline double iou(const PreparedQuad& a, const PreparedQuad& b) {
  if (a.high.x < b.low.x || b.high.x < a.low.x || a.high.y < b.low.y || b.high.y < a.low.y) return 0;
  if (!a.convex || !b.convex) {
    const auto narrow = [](const PreparedQuad& quad) { return Polygon(quad.corners.begin(), quad.corners.end()); };
    return scriba::iou(narrow(a), narrow(b));
  }
  const double shared = convex_overlap(a, b), united = a.area + b.area - shared;
  return united > 0 ? shared / united : 0;
}

using Corners = ScoredQuad::Corners;

// The corners from corner `start` on, in their direction or against it.
inline Corners turned(const Corners& corners, std::size_t start, bool backwards) {
  Corners out;
  for (std::size_t i = 0; i < 4; ++i) out[i] = corners[(start + (backwards ? 4 - i : i)) % 4];
  return out;
}

inline double squared_distance(const Corners& a, const Corners& b) {
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += (a[i] - b[i]).dot(a[i] - b[i]);
  return sum;
}

inline Corners paired(const Corners& with, const Corners& corners, CornerPairing pairing) {
  Corners best = corners;
  double least = squared_distance(with, corners);
  const auto offer = [&](const Corners& measured, const Corners& taken) {
    if (const double distance = squared_distance(with, measured); distance < least) least = distance, best = taken;
  };
  if (pairing == CornerPairing::reference) {
    offer(turned(corners, 3, true), turned(corners, 3, true));
    offer(turned(corners, 1, true), turned(corners, 0, true));
    return best;
  }
  for (const bool backwards : {false, true})
    for (std::size_t start = 0; start < 4; ++start) offer(turned(corners, start, backwards), turned(corners, start, backwards));
  return best;
}

// Averages `next` into `quad`.
inline void merge(ScoredQuad& quad, const ScoredQuad& next, CornerPairing pairing) {
  const double sum = quad.score + next.score;
  if (!(sum > 0)) return;
  const Corners corners = paired(quad.corners, next.corners, pairing);
  for (std::size_t i = 0; i < 4; ++i) quad.corners[i] = (quad.corners[i] * quad.score + corners[i] * next.score) / sum;
  quad.score = sum;
}

}  // namespace detail

inline std::vector<ScoredQuad> locality_aware_nms(std::span<const ScoredQuad> quads, double threshold, CornerPairing pairing) {
  std::vector<ScoredQuad> merged;
  std::vector<detail::PreparedQuad> prepared;
  for (const auto& quad : quads) {
    if (!std::all_of(quad.corners.begin(), quad.corners.end(),
                     [](const cv::Point2d& p) { return std::isfinite(p.x) && std::isfinite(p.y); }))
      continue;
    const detail::PreparedQuad shape(quad.corners);
    if (merged.empty() || !(detail::iou(shape, prepared.back()) > threshold)) {
      merged.push_back(quad);
      prepared.push_back(shape);
    } else {
      detail::merge(merged.back(), quad, pairing);
      prepared.back() = detail::PreparedQuad(merged.back().corners);
    }
  }
  std::vector<std::size_t> order(merged.size()), kept;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return merged[a].score > merged[b].score; });
  std::vector<ScoredQuad> out;
  for (const std::size_t i : order) {
    if (std::any_of(kept.begin(), kept.end(), [&](std::size_t k) { return detail::iou(prepared[i], prepared[k]) > threshold; })) continue;
    kept.push_back(i);
    out.push_back(merged[i]);
  }
  return out;
}

}  // namespace scriba
