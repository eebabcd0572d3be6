#pragma once
// Where a detector's time goes, and what folding its batch norms gains and changes.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/zoo/pp_ocr_reader.hpp>

class DetectorSpeed {
 public:
  /// Warms the networks up on `image`; what is not warm is not measured.
  DetectorSpeed(scriba::zoo::RegionFinder detector, const cv::Mat& image) : detector_(std::move(detector)) {
    if (detector_.unfolded) unfolded_ = detector_.unfolded();
    for (int i = 0; i < 3; ++i) {
      detector_.maps(image);
      if (unfolded_) unfolded_->maps(image);
    }
  }

  /// Counts an image: `maps` is what the detector gave for it.
  void add(const cv::Mat& image, const scriba::zoo::DetectorMaps& maps, double regions_ms) {
    prepare_.push_back(maps.prepare_ms), network_.push_back(maps.network_ms), regions_.push_back(regions_ms);
    all_.push_back(maps.prepare_ms + maps.network_ms + regions_ms);
    if (!unfolded_) return;
    const auto before = unfolded_->maps(image);
    unfolded_network_.push_back(before.network_ms);
    for (std::size_t i = 0; i < maps.maps.size(); ++i)
      difference_ = std::max(difference_, largest_difference(maps.maps[i].second, before.maps.at(i).second));
  }

  void print() const {
    std::printf("speed, median (and 95th percentile) of %zu images, one at a time, %s:", all_.size(), detector_.engine.c_str());
    stage("resize and normalise", prepare_, ","), stage("network", network_, ","), stage("regions", regions_, ","),
        stage("all", all_, "\n");
    if (unfolded_)
      std::printf("batch norms folded: network %.1f ms, not folded %.1f ms; largest difference of the outputs %.1e\n", at(network_, 0.5),
                  at(unfolded_network_, 0.5), difference_);
    else
      std::printf("batch norms folded: the file holds a folded network, there is nothing to compare\n");
    std::fflush(stdout);
  }

 private:
  static double largest_difference(const cv::Mat& a, const cv::Mat& b) {
    const cv::Mat one(1, static_cast<int>(a.total()), CV_32F, a.data), other(1, static_cast<int>(b.total()), CV_32F, b.data);
    return cv::norm(one, other, cv::NORM_INF);
  }

  static double at(std::vector<double> values, double share) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::floor(share * static_cast<double>(values.size() - 1)));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  }

  static void stage(const char* name, const std::vector<double>& values, const char* end) {
    std::printf(" %s %.1f (%.1f) ms%s", name, at(values, 0.5), at(values, 0.95), end);
  }

  scriba::zoo::RegionFinder detector_;
  std::optional<scriba::zoo::RegionFinder> unfolded_;
  std::vector<double> prepare_, network_, regions_, all_, unfolded_network_;
  double difference_ = 0;
};
