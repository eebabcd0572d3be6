#pragma once
// What tests of region readers share: reference files of label maps, comparison of labels and of regions.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/kernel/label_map.hpp>

#include "support/golden.hpp"

namespace golden {

/// `count` maps stacked top to bottom in a grey picture; each value is (grey - 128) / 16, exact.
inline std::vector<cv::Mat_<float>> logit_maps(const fs::path& file, int count) {
  const cv::Mat stack = cv::imread(file.string(), cv::IMREAD_GRAYSCALE);
  REQUIRE_MESSAGE(!stack.empty(), "cannot read ", file.string());
  const int rows = stack.rows / count;
  std::vector<cv::Mat_<float>> maps(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k)
    stack.rowRange(k * rows, (k + 1) * rows).convertTo(maps[static_cast<std::size_t>(k)], CV_32F, 1.0 / 16, -8);
  return maps;
}

inline cv::Mat_<int> label_picture(const fs::path& file) {
  cv::Mat_<int> labels;
  const cv::Mat picture = cv::imread(file.string(), cv::IMREAD_UNCHANGED);
  REQUIRE_MESSAGE(!picture.empty(), "cannot read ", file.string());
  picture.convertTo(labels, CV_32S);
  return labels;
}

/// The labels without the map's border.
inline cv::Mat_<int> matrix(const scriba::kernel::LabelMap& map) {
  cv::Mat_<int> out(map.rows(), map.columns());
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) out(y, x) = map.at(y, x);
  return out;
}

/// Number of pixels that keep two label maps from being equal up to a renumbering.
inline int differences(const cv::Mat_<int>& got, const cv::Mat_<int>& expected) {
  REQUIRE(got.size() == expected.size());
  std::map<int, int> there{{0, 0}}, back{{0, 0}};
  int wrong = 0;
  for (int y = 0; y < got.rows; ++y)
    for (int x = 0; x < got.cols; ++x) {
      const int a = got(y, x), b = expected(y, x);
      wrong += there.try_emplace(a, b).first->second != b || back.try_emplace(b, a).first->second != a;
    }
  return wrong;
}

inline std::vector<scriba::Polygon> polygons_of(const nlohmann::json& list) {
  std::vector<scriba::Polygon> out;
  for (const auto& points : list) {
    out.emplace_back();
    for (const auto& p : points) out.back().emplace_back(p[0].get<float>(), p[1].get<float>());
  }
  return out;
}

/// Loops of kernels on three threads, one index at a time: the finest cut there is, and seen by ThreadSanitizer.
struct ThreeThreads {
  template <class Work>
  void operator()(std::int32_t count, const Work& work) const {
    std::atomic<std::int32_t> next{0};
    std::array<std::thread, 3> threads;
    for (auto& thread : threads)
      thread = std::thread([&] {
        for (std::int32_t i = next++; i < count; i = next++) work(i, i + 1);
      });
    for (auto& thread : threads) thread.join();
  }
};

/// Largest distance of corresponding points, the lists starting where they fit best; 1e9 when the numbers of points differ.
inline double distance_as_rings(const scriba::Polygon& got, const scriba::Polygon& expected) {
  double best = 1e9;
  for (std::size_t start = 0; start < expected.size() && got.size() == expected.size(); ++start)
    for (const bool backwards : {false, true}) {
      double worst = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        const std::size_t j = backwards ? start + got.size() - i : start + i;
        worst = std::max(worst, scriba::distance(got[i], expected[j % expected.size()]));
      }
      best = std::min(best, worst);
    }
  return best;
}

}  // namespace golden
