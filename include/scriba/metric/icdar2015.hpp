#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <scriba/metric/detection_score.hpp>

namespace scriba::metric {

struct Icdar2015Options {
  double iou = 0.5;            ///< a detection counts for a text above this intersection over union
  double ignored_share = 0.5;  ///< a detection is ignored when more than this share of it lies on an ignored text
};

/// The protocol of ICDAR 2015 Incidental Scene Text, task 4.1 (Karatzas et al., ICDAR 2015), which ICDAR 2017 MLT, and many papers on other
/// sets, use too.
///
/// Each detection counts for at most one text and each text once, in the order in which they are given, whatever the scores. Texts marked
/// `ignore` and detections on them count neither way. Precision and recall are over all images together.
class Icdar2015 {
 public:
  explicit Icdar2015(Icdar2015Options options = {}) : options_(options) {}

  ImageScore add(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections) {
    const detail::Overlaps overlap(truths, detections);
    ImageScore out;
    std::vector<char> truth_done(truths.size()), detection_done(detections.size());
    for (std::size_t t = 0; t < truths.size(); ++t)
      if (truths[t].ignore) out.ignored_truths.push_back(t), truth_done[t] = true;
    for (std::size_t d = 0; d < detections.size(); ++d)
      if (std::ranges::any_of(out.ignored_truths, [&](std::size_t t) { return overlap.of_detection(t, d) > options_.ignored_share; }))
        out.ignored_detections.push_back(d), detection_done[d] = true;
    for (std::size_t t = 0; t < truths.size(); ++t)
      for (std::size_t d = 0; d < detections.size() && !truth_done[t]; ++d)
        if (!detection_done[d] && overlap.iou(t, d) > options_.iou) {
          truth_done[t] = detection_done[d] = true;
          out.matches.push_back({t, d});
        }

    pooled_.add(out, truths.size(), detections.size());
    return out;
  }

  DetectionScore score() const { return pooled_.score(); }

 private:
  Icdar2015Options options_;
  detail::PooledScore pooled_;
};

}  // namespace scriba::metric
