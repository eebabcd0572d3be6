#pragma once
// How far two engines are apart that run one network.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <scriba/core/error.hpp>
#include <scriba/geometry/iou.hpp>
#include <scriba/text/transcript.hpp>

/// What one engine gave for one image.
struct EngineResult {
  std::vector<std::pair<std::string, cv::Mat>> maps;  ///< of a detector, float32
  std::vector<scriba::TextRegion> regions;
  scriba::Transcript transcript;  ///< of a recogniser
  double ms{};
};

namespace detail {

// Regions of which each has one of the others that covers nearly the same.
inline double matches(const std::vector<scriba::TextRegion>& some, std::vector<scriba::TextRegion> others) {
  constexpr double nearly_the_same = 0.9;
  double count = 0;
  for (const auto& region : some) {
    const auto found = std::ranges::find_if(
        others, [&](const scriba::TextRegion& other) { return scriba::iou(region.polygon, other.polygon) >= nearly_the_same; });
    if (found == others.end()) continue;
    others.erase(found);
    ++count;
  }
  return count;
}

}  // namespace detail

/// How far an engine is from the first one, over all images. A value that is no number (NaN) is farther than any limit.
class EngineComparison {
 public:
  /// Throws Error for outputs of different shapes.
  void add(const EngineResult& expected, const EngineResult& got) {
    if (expected.maps.size() != got.maps.size()) refuse("outputs");
    for (std::size_t i = 0; i < expected.maps.size(); ++i) {
      const auto& [name, a] = expected.maps[i];
      const cv::Mat& b = got.maps[i].second;
      if (a.total() != b.total()) refuse(name);
      const int count = static_cast<int>(a.total());
      const cv::Mat one(1, count, CV_32F, a.data), other(1, count, CV_32F, b.data);
      const double sum = cv::norm(one, other, cv::NORM_L1);
      add_values(std::isnan(sum) ? sum : cv::norm(one, other, cv::NORM_INF), sum, count);  // the largest one does not see NaN
    }
    if (!expected.maps.empty()) {
      same_ += detail::matches(expected.regions, got.regions);
      all_ += static_cast<double>(std::max(expected.regions.size(), got.regions.size()));
      return;
    }
    const double apart = std::abs(expected.transcript.score - got.transcript.score);
    add_values(apart, apart, 1);
    same_ += expected.transcript.text == got.transcript.text ? 1 : 0;
    ++all_;
  }

  double largest() const { return largest_; }
  double mean() const { return values_ > 0 ? sum_ / values_ : 0; }
  double match() const { return all_ > 0 ? same_ / all_ : 1; }  ///< share of regions that match, or of texts that are equal, 0..1
  bool within(double max_difference, double min_match) const { return largest_ <= max_difference && match() >= min_match; }

 private:
  [[noreturn]] static void refuse(const std::string& name) {
    throw scriba::Error({.what = "the engines give outputs of different shapes", .where = name});
  }

  void add_values(double largest, double sum, int count) {
    if (std::isnan(largest) || largest > largest_) largest_ = largest;  // NaN stays
    sum_ += sum;
    values_ += count;
  }

  double largest_ = 0, sum_ = 0, values_ = 0, same_ = 0, all_ = 0;
};
