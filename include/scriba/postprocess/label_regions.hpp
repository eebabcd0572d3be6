#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/core/span2d.hpp>
#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/kernel/label_map.hpp>
#include <scriba/postprocess/region_shape.hpp>

namespace scriba::postprocess {

/// Which labels of a label map are text, and what is made of them.
struct LabelRegionsOptions {
  int min_text_area = 300;  ///< pixels of the map
  float min_score = 0.9f;   ///< mean probability of text over the pixels of a label, 0..1
  RegionShape shape = RegionShape::quad;
  double simplify = 0;  ///< polygons: how far the outline may move to save points (Douglas-Peucker), map pixels; 0 keeps every bend
  CornerOrder corners = CornerOrder::by_angle;
  bool cut_polygons = false;  ///< polygons get integer coordinates by cutting off the rest, as the reference does
};

/// Runs the loops of kernel/*.hpp on OpenCV's threads; cv::setNumThreads() says how many.
struct OpenCvThreads {
  template <class Work>
  void operator()(std::int32_t count, const Work& work) const {
    cv::parallel_for_(cv::Range(0, count), [&](const cv::Range& range) { work(range.start, range.end); });
  }
};

/// Each of the maps as the kernels take it. The matrices keep the memory.
inline std::vector<Span2d<const float>> spans(std::span<const cv::Mat_<float>> maps) {
  std::vector<Span2d<const float>> out;
  for (const auto& map : maps)
    out.push_back({map.empty() ? nullptr : map.template ptr<float>(), map.rows, map.cols, static_cast<std::ptrdiff_t>(map.step1())});
  return out;
}

namespace detail {

// The pixels of every label as runs.
struct LabelRuns {
  std::vector<kernel::PixelRun> run;  // by label, in raster order inside each
  std::vector<std::size_t> first;     // label l has the runs first[l - 1] up to first[l]

  std::span<const kernel::PixelRun> of(std::int32_t label) const {
    const auto l = static_cast<std::size_t>(label);
    return std::span(run).subspan(first[l - 1], first[l] - first[l - 1]);
  }
};

inline LabelRuns label_runs(const kernel::LabelledText& labelled) {
  struct Run : kernel::PixelRun {
    std::int32_t label{};
  };
  constexpr std::int32_t kRunsAtOnce = 256;
  const auto found = kernel::detail::collected<Run>(static_cast<std::int32_t>(labelled.text.size()), kRunsAtOnce, OpenCvThreads{},
                                                    [&](std::int32_t i, std::vector<Run>& out) {
                                                      const auto& text = labelled.text[static_cast<std::size_t>(i)];
                                                      const std::int32_t* label = labelled.map.view().row(text.row);
                                                      for (std::int32_t x = text.begin; x < text.end;) {
                                                        const std::int32_t start = x;
                                                        while (x < text.end && label[x] == label[start]) ++x;
                                                        if (label[start] > 0) out.push_back({{text.row, start, x}, label[start]});
                                                      }
                                                    });
  LabelRuns out;
  out.first.assign(static_cast<std::size_t>(labelled.labels) + 1, 0);
  for (const Run& run : found) ++out.first[static_cast<std::size_t>(run.label)];
  std::partial_sum(out.first.begin(), out.first.end(), out.first.begin());
  out.run.resize(found.size());
  std::vector<std::size_t> next(out.first.begin(), out.first.end());
  for (const Run& run : found) out.run[next[static_cast<std::size_t>(run.label) - 1]++] = run;
  return out;
}

inline float mean_probability(const cv::Mat_<float>& text_logit, std::span<const kernel::PixelRun> runs) {
  double sum = 0;
  std::int64_t count = 0;
  for (const auto& run : runs) {
    const float* logit = text_logit.ptr<float>(run.row);
    for (std::int32_t x = run.begin; x < run.end; ++x) sum += static_cast<double>(1 / (1 + std::exp(-logit[x])));
    count += run.size();
  }
  return count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0;
}

// The two ends of every row: no other pixel can be a corner of the convex hull.
inline Polygon row_ends(std::span<const kernel::PixelRun> runs) {
  Polygon out;
  for (std::size_t i = 0; i < runs.size();) {
    const auto& first = runs[i];
    while (i < runs.size() && runs[i].row == first.row) ++i;
    out.emplace_back(static_cast<float>(first.begin), static_cast<float>(first.row));
    out.emplace_back(static_cast<float>(runs[i - 1].end - 1), static_cast<float>(first.row));
  }
  return out;
}

// The outer outline of a connected label, clockwise from its first pixel.
inline Polygon outline(std::span<const kernel::PixelRun> runs, double simplify) {
  std::int32_t left = runs[0].begin, right = runs[0].end;
  for (const auto& run : runs) left = std::min(left, run.begin), right = std::max(right, run.end);
  const std::int32_t top = runs.front().row, bottom = runs.back().row + 1;
  cv::Mat_<unsigned char> mask(bottom - top, right - left, static_cast<unsigned char>(0));
  for (const auto& run : runs) std::fill_n(mask.ptr(run.row - top) + (run.begin - left), run.size(), static_cast<unsigned char>(1));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE, cv::Point(left, top));
  auto& contour = contours.at(0);
  if (simplify > 0) cv::approxPolyDP(contour, contour, simplify, true);
  Polygon out(contour.begin(), contour.end());
  if (out.size() > 2 && signed_area(out) < 0) std::reverse(out.begin() + 1, out.end());
  return out;
}

inline std::optional<TextRegion> label_region(std::span<const kernel::PixelRun> runs, const cv::Mat_<float>& text_logit, cv::Point2d scale,
                                              const LabelRegionsOptions& options) {
  const auto area =
      std::accumulate(runs.begin(), runs.end(), std::int64_t{0}, [](std::int64_t sum, const auto& run) { return sum + run.size(); });
  if (area < std::max(options.min_text_area, 1)) return {};
  const float score = mean_probability(text_logit, runs);
  if (score < options.min_score) return {};
  if (options.shape == RegionShape::quad) {
    const Quad corners = min_area_quad(row_ends(runs), options.corners).corners;
    return TextRegion{scaled(corners, scale), score};
  }
  Polygon polygon = outline(runs, options.simplify);
  if (polygon.size() < 3) return {};
  if (polygon.size() == 4 && cv::isContourConvex(polygon)) {
    const Quad corners = ordered_corners({polygon[0], polygon[1], polygon[2], polygon[3]}, CornerOrder::by_angle);
    polygon.assign(corners.begin(), corners.end());
  }
  polygon = scaled(polygon, scale);
  if (options.cut_polygons)
    for (Point& p : polygon) p = {std::trunc(p.x), std::trunc(p.y)};
  return TextRegion{std::move(polygon), score};
}

}  // namespace detail

/// Regions of those labels that are large and certain enough to be text, in the order of the labels.
///
/// `text_logit` [H, W]: the text map that the labels came from. `source`: size of the image that the map stands for; results are in its
/// pixels. Corners of quads may lie a little outside of it.
inline std::vector<TextRegion> label_regions(const kernel::LabelledText& labelled, const cv::Mat_<float>& text_logit, cv::Size2d source,
                                             const LabelRegionsOptions& options) {
  std::vector<TextRegion> regions;
  if (text_logit.empty() || source.width <= 0 || source.height <= 0) return regions;
  const detail::LabelRuns runs = detail::label_runs(labelled);
  const cv::Point2d scale(source.width / text_logit.cols, source.height / text_logit.rows);
  std::vector<std::optional<TextRegion>> found(static_cast<std::size_t>(labelled.labels));
  OpenCvThreads{}(labelled.labels, [&](std::int32_t begin, std::int32_t end) {
    for (std::int32_t i = begin; i < end; ++i)
      found[static_cast<std::size_t>(i)] = detail::label_region(runs.of(i + 1), text_logit, scale, options);
  });
  for (auto& region : found)
    if (region) regions.push_back(std::move(*region));
  return regions;
}

}  // namespace scriba::postprocess
