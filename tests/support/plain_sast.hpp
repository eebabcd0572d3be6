#pragma once
// SAST's post-processing the plain way: every quad against every other by a general polygon library, every pixel against every centre,
// the whole map searched for each instance. Tests compare results with it, benchmarks time.

#include <algorithm>
#include <cmath>
#include <vector>

#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/lanms.hpp>
#include <scriba/postprocess/sast_regions.hpp>

namespace plain {

using scriba::Point;
using scriba::Polygon;
using scriba::ScoredQuad;

inline Polygon outline(const ScoredQuad& quad) { return {quad.corners.begin(), quad.corners.end()}; }

/// Corners are averaged as they come, without looking for the best pairing.
inline std::vector<ScoredQuad> locality_aware_nms(const std::vector<ScoredQuad>& quads, double threshold) {
  std::vector<ScoredQuad> merged, kept;
  for (const auto& quad : quads) {
    if (merged.empty() || !(scriba::iou(outline(quad), outline(merged.back())) > threshold)) {
      merged.push_back(quad);
      continue;
    }
    auto& last = merged.back();
    for (std::size_t k = 0; k < 4; ++k)
      last.corners[k] = (last.corners[k] * last.score + quad.corners[k] * quad.score) / (last.score + quad.score);
    last.score += quad.score;
  }
  std::stable_sort(merged.begin(), merged.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<bool> gone(merged.size(), false);
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (gone[i]) continue;
    kept.push_back(merged[i]);
    for (std::size_t j = i + 1; j < merged.size(); ++j)
      if (!gone[j]) gone[j] = scriba::iou(outline(merged[i]), outline(merged[j])) > threshold;
  }
  return kept;
}

/// Polygons of two point pairs at the default options, on the map's own scale.
inline std::vector<Polygon> sast_quads(const scriba::postprocess::SastPlanes& planes) {
  const cv::Size size = planes.score.size();
  std::vector<ScoredQuad> quads;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      if (planes.score(y, x) > 0.7f) {
        quads.push_back({{}, static_cast<double>(planes.score(y, x))});
        for (std::size_t k = 0; k < 4; ++k)
          quads.back().corners[k] = {x - static_cast<double>(planes.tvo[2 * k](y, x)),
                                     y - static_cast<double>(planes.tvo[2 * k + 1](y, x))};
      }
  quads = locality_aware_nms(quads, 0.2);
  cv::Mat_<int> instances(size, -1);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      if (planes.score(y, x) > 0.7f) {
        double least = 1e300;
        for (std::size_t i = 0; i < quads.size(); ++i) {
          const auto& c = quads[i].corners;
          const cv::Point2d centre = (c[0] + c[1] + c[2] + c[3]) / 4;
          const double dx = x - static_cast<double>(planes.tco[0](y, x)) - centre.x,
                       dy = y - static_cast<double>(planes.tco[1](y, x)) - centre.y;
          if (dx * dx + dy * dy < least) least = dx * dx + dy * dy, instances(y, x) = static_cast<int>(i);
        }
      }
  std::vector<Polygon> out;
  for (std::size_t i = 0; i < quads.size(); ++i) {
    std::vector<cv::Point> pixels;
    double score = 0;
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x)
        if (instances(y, x) == static_cast<int>(i)) pixels.emplace_back(x, y), score += static_cast<double>(planes.score(y, x));
    const auto& c = quads[i].corners;
    const double area = scriba::signed_area(outline(quads[i]));
    if (pixels.empty() || area < 5 || std::min(cv::norm(c[1] - c[0]), cv::norm(c[2] - c[1])) < 3 || score / area < 0.1) continue;
    const cv::Point2d along = (c[1] + c[2] - c[0] - c[3]) / (cv::norm(c[1] + c[2] - c[0] - c[3]) + 2e-6);
    std::stable_sort(pixels.begin(), pixels.end(),
                     [&](cv::Point a, cv::Point b) { return cv::Point2d(a).dot(along) < cv::Point2d(b).dot(along); });
    std::vector<cv::Point2d> points;  // top left, bottom left, top right, bottom right
    for (const cv::Point& p : {pixels.front(), pixels.back()})
      for (const std::size_t side : {0, 2}) {
        const double dx = static_cast<double>(planes.border[side + 1](p.y, p.x)), dy = static_cast<double>(planes.border[side](p.y, p.x));
        points.emplace_back(p.x + dx, p.y + dy);
      }
    const double ratio = 0.3 * cv::norm(points[1] - points[0]) / (cv::norm(points[2] - points[0]) + 1e-6);
    const cv::Point2d top = (points[2] - points[0]) * ratio, bottom = (points[3] - points[1]) * ratio;
    const std::vector<cv::Point2d> ends{points[0] - top, points[2] + top, points[3] + bottom, points[1] - bottom};
    out.emplace_back();
    for (const auto& p : ends)
      out.back().emplace_back(static_cast<float>(std::clamp(p.x, 0.0, static_cast<double>(size.width))),
                              static_cast<float>(std::clamp(p.y, 0.0, static_cast<double>(size.height))));
  }
  return out;
}

}  // namespace plain
