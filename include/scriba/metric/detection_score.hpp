#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/target/text_annotation.hpp>

/// Scores of detectors by the rules of the benchmarks. A protocol is a class with two members: `add(truths, detections)` counts an image
/// and says how it went, `score()` is that of all images so far. Rules that look odd are those of the benchmarks' own programs, on purpose.
namespace scriba::metric {

struct DetectionScore {
  double precision{};  ///< 0..1
  double recall{};     ///< 0..1
  /// Harmonic mean of the two, 0 when both are 0.
  double hmean() const { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }
};

/// A detection that counts for a text; both as indices in the order in which they were given.
struct DetectionMatch {
  std::size_t truth{}, detection{};
  bool operator==(const DetectionMatch&) const = default;
};

/// How one image went.
struct ImageScore {
  DetectionScore score;
  std::vector<DetectionMatch> matches;
  std::vector<std::size_t> ignored_truths, ignored_detections;
};

namespace detail {

// Polygons that cross themselves follow the even-odd rule, as in the clipper of the benchmarks.
inline double even_odd_area(std::span<const Point> polygon) { return intersection_area(polygon, polygon); }

// What every text and every detection of an image share.
class Overlaps {
 public:
  Overlaps(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections) : columns_(detections.size()) {
    for (const auto& truth : truths) truth_area_.push_back(even_odd_area(truth.polygon));
    for (const auto& detection : detections) detection_area_.push_back(even_odd_area(detection));
    for (const auto& truth : truths)
      for (const auto& detection : detections) shared_.push_back(intersection_area(truth.polygon, detection));
  }

  std::size_t truths() const { return truth_area_.size(); }
  std::size_t detections() const { return columns_; }
  double shared(std::size_t truth, std::size_t detection) const { return shared_[truth * columns_ + detection]; }
  double iou(std::size_t truth, std::size_t detection) const {
    return share(shared(truth, detection), truth_area_[truth] + detection_area_[detection] - shared(truth, detection));
  }
  double of_truth(std::size_t truth, std::size_t detection) const { return share(shared(truth, detection), truth_area_[truth]); }
  double of_detection(std::size_t truth, std::size_t detection) const {
    return share(shared(truth, detection), detection_area_[detection]);
  }

 private:
  static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

  std::size_t columns_;
  std::vector<double> truth_area_, detection_area_, shared_;
};

inline double ratio(double part, double whole, double of_nothing) { return whole > 0 ? part / whole : of_nothing; }

// ICDAR's scores: of an image, and of all images together.
class PooledScore {
 public:
  // Gives the image its score from its matches and from what is ignored.
  void add(ImageScore& image, std::size_t truths, std::size_t detections) {
    const auto matched = static_cast<double>(image.matches.size());
    const auto wanted = static_cast<double>(truths - image.ignored_truths.size());
    const auto given = static_cast<double>(detections - image.ignored_detections.size());
    image.score.recall = ratio(matched, wanted, 1);
    image.score.precision = ratio(matched, given, wanted > 0 ? 0 : 1);
    matched_ += matched, wanted_ += wanted, given_ += given;
  }

  DetectionScore score() const { return {ratio(matched_, given_, 0), ratio(matched_, wanted_, 0)}; }

 private:
  double matched_{}, wanted_{}, given_{};
};

}  // namespace detail

}  // namespace scriba::metric
