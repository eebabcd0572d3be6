#pragma once
// PSENet's and PAN's post-processing the plain way: whole-image maps, queues of points. Tests compare results with it, benchmarks time.

#include <array>
#include <cmath>
#include <map>
#include <queue>
#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace plain {

struct Pixel {
  int y, x, label;
};

struct Labels {
  cv::Mat_<int> map;       // 0 is background
  std::vector<int> areas;  // kernel pixels of each label
};

inline cv::Mat_<unsigned char> above(const cv::Mat_<float>& logit, float threshold) {
  cv::Mat_<unsigned char> out(logit.size());
  for (int y = 0; y < logit.rows; ++y)
    for (int x = 0; x < logit.cols; ++x) out(y, x) = logit(y, x) > threshold && std::isfinite(logit(y, x)) ? 1 : 0;
  return out;
}

inline Labels connected(const cv::Mat_<unsigned char>& mask) {
  Labels out;
  const int count = cv::connectedComponents(mask, out.map, 4, CV_32S);
  out.areas.assign(static_cast<std::size_t>(count), 0);
  for (const int label : out.map) ++out.areas[static_cast<std::size_t>(label)];
  return out;
}

inline cv::Mat_<int> pse_labels(std::span<const cv::Mat_<float>> logits, float threshold, int min_kernel_area) {
  std::vector<cv::Mat_<unsigned char>> kernels;
  for (const auto& logit : logits) kernels.push_back(above(logit, threshold));
  for (auto& kernel : kernels) cv::multiply(kernel, kernels[0], kernel);
  const Labels start = connected(kernels.back());
  cv::Mat_<int> labels(kernels[0].size(), 0);
  std::queue<Pixel> queue, edge;
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x)
      if (const int label = start.map(y, x); label > 0 && start.areas[static_cast<std::size_t>(label)] >= min_kernel_area) {
        labels(y, x) = label;
        queue.push({y, x, label});
      }
  constexpr std::array<int, 4> dy{-1, 1, 0, 0}, dx{0, 0, -1, 1};
  for (int k = static_cast<int>(kernels.size()) - 2; k >= 0; --k) {
    while (!queue.empty()) {
      const Pixel p = queue.front();
      queue.pop();
      bool at_edge = true;
      for (std::size_t i = 0; i < 4; ++i) {
        const int y = p.y + dy[i], x = p.x + dx[i];
        if (y < 0 || y >= labels.rows || x < 0 || x >= labels.cols) continue;
        if (kernels[static_cast<std::size_t>(k)](y, x) == 0 || labels(y, x) > 0) continue;
        labels(y, x) = p.label;
        queue.push({y, x, p.label});
        at_edge = false;
      }
      if (at_edge) edge.push(p);
    }
    std::swap(queue, edge);
  }
  return labels;
}

/// `keep_small`: kernels below the least area grow too and are discarded afterwards.
inline cv::Mat_<int> pan_labels(std::span<const cv::Mat_<float>> maps, float threshold, float distance, int min_kernel_area,
                                bool keep_small) {
  const auto text = above(maps[0], threshold);
  cv::Mat_<unsigned char> kernel;
  cv::multiply(above(maps[1], threshold), text, kernel);
  const Labels start = connected(kernel);
  const auto dimensions = static_cast<std::size_t>(maps.size() - 2);
  cv::Mat similarity;
  cv::merge(maps.data() + 2, dimensions, similarity);  // pixels with their vectors, as the reference has them
  const auto vector = [&](int y, int x) { return similarity.ptr<float>(y) + static_cast<std::size_t>(x) * dimensions; };
  std::vector<double> sum(start.areas.size() * dimensions, 0), count(start.areas.size(), 0);
  cv::Mat_<int> labels(text.size(), 0);
  std::queue<Pixel> queue;
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x) {
      const int label = start.map(y, x);
      const auto l = static_cast<std::size_t>(label);
      if (label == 0 || (!keep_small && start.areas[l] < min_kernel_area)) continue;
      bool finite = true;
      for (std::size_t d = 0; d < dimensions; ++d) finite = finite && std::isfinite(vector(y, x)[d]);
      for (std::size_t d = 0; d < dimensions && finite; ++d) sum[l * dimensions + d] += static_cast<double>(vector(y, x)[d]);
      count[l] += finite ? 1 : 0;
      labels(y, x) = label;
      queue.push({y, x, label});
    }
  std::vector<float> mean(sum.size());
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = static_cast<float>(sum[i] / count[i / dimensions]);
  constexpr std::array<int, 4> dy{0, 0, -1, 1}, dx{-1, 1, 0, 0};
  while (!queue.empty()) {
    const Pixel p = queue.front();
    queue.pop();
    for (std::size_t i = 0; i < 4; ++i) {
      const int y = p.y + dy[i], x = p.x + dx[i];
      if (y < 0 || y >= labels.rows || x < 0 || x >= labels.cols || text(y, x) == 0 || labels(y, x) > 0) continue;
      float square = 0;
      for (std::size_t d = 0; d < dimensions; ++d) {
        const float difference = mean[static_cast<std::size_t>(p.label) * dimensions + d] - vector(y, x)[d];
        square += difference * difference;
      }
      if (!(std::sqrt(square) < distance)) continue;
      labels(y, x) = p.label;
      queue.push({y, x, p.label});
    }
  }
  if (keep_small)
    for (int& label : labels)
      if (label > 0 && start.areas[static_cast<std::size_t>(label)] < min_kernel_area) label = 0;
  return labels;
}

struct Region {
  std::array<cv::Point2f, 4> corners;
  double score;
};

/// All pixels of each label, their mean probability and the smallest rectangle around them.
inline std::vector<Region> quads(const cv::Mat_<int>& labels, const cv::Mat_<float>& text_logit, int min_text_area, double min_score) {
  cv::Mat_<float> probability(text_logit.size());
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x) probability(y, x) = 1 / (1 + std::exp(-text_logit(y, x)));
  std::map<int, std::vector<cv::Point>> pixels;
  std::map<int, double> sums;
  for (int y = 0; y < labels.rows; ++y)
    for (int x = 0; x < labels.cols; ++x)
      if (const int label = labels(y, x); label > 0) {
        pixels[label].emplace_back(x, y);
        sums[label] += static_cast<double>(probability(y, x));
      }
  std::vector<Region> out;
  for (const auto& [label, points] : pixels) {
    const double score = sums[label] / static_cast<double>(points.size());
    if (static_cast<int>(points.size()) < min_text_area || score < min_score) continue;
    out.push_back({{}, score});
    cv::minAreaRect(points).points(out.back().corners.data());
  }
  return out;
}

}  // namespace plain
