#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <scriba/metric/detection_score.hpp>

namespace scriba::metric {

struct Ctw1500Options {
  double iou = 0.5;  ///< a detection reaches a text at this intersection over union
};

/// The protocol of SCUT-CTW1500 (Liu et al., "Curved scene text detection via transverse and longitudinal sequence connection", Pattern
/// Recognition 90, 2019).
///
/// Every text counts, ignored ones too. A detection takes all texts that it reaches and that none took before, and counts once.
class Ctw1500 {
 public:
  explicit Ctw1500(Ctw1500Options options = {}) : options_(options) {}

  ImageScore add(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections) {
    const detail::Overlaps overlap(truths, detections);
    ImageScore out;
    std::vector<char> taken(truths.size());
    double right = 0;
    for (std::size_t d = 0; d < detections.size(); ++d) {
      const auto before = out.matches.size();
      for (std::size_t t = 0; t < truths.size(); ++t)
        if (!taken[t] && overlap.iou(t, d) >= options_.iou) {
          taken[t] = true;
          out.matches.push_back({t, d});
        }
      right += out.matches.size() > before;
    }
    const auto wanted = static_cast<double>(truths.size()), given = static_cast<double>(detections.size());
    out.score = {detail::ratio(right, given, wanted > 0 ? 0 : 1), detail::ratio(right, wanted, 1)};
    right_ += right, wanted_ += wanted, given_ += given;
    return out;
  }

  DetectionScore score() const { return {detail::ratio(right_, given_, 0), detail::ratio(right_, wanted_, 0)}; }

 private:
  Ctw1500Options options_;
  double right_{}, wanted_{}, given_{};
};

}  // namespace scriba::metric
