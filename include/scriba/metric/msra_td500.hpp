#pragma once

#include <cstddef>
#include <span>

#include <scriba/metric/detection_score.hpp>

namespace scriba::metric {

struct MsraTd500Options {
  double iou = 0.5;  ///< a detection reaches a text at this intersection over union
};

/// The protocol of MSRA-TD500 (Yao et al., "Detecting texts of arbitrary orientations in natural images", CVPR 2012) as PSENet's and PAN's
/// programs have it.
///
/// A text counts when any detection reaches it; one detection may serve several, so that precision can exceed 1. Texts marked `ignore` (the
/// set calls them difficult) count when they are found and are not missed otherwise.
class MsraTd500 {
 public:
  explicit MsraTd500(MsraTd500Options options = {}) : options_(options) {}

  ImageScore add(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections) {
    const detail::Overlaps overlap(truths, detections);
    ImageScore out;
    double missed = 0;
    for (std::size_t t = 0; t < truths.size(); ++t) {
      std::size_t d = 0;
      while (d < detections.size() && overlap.iou(t, d) < options_.iou) ++d;
      if (d < detections.size())
        out.matches.push_back({t, d});
      else if (truths[t].ignore)
        out.ignored_truths.push_back(t);
      else
        ++missed;
    }
    const auto found = static_cast<double>(out.matches.size()), given = static_cast<double>(detections.size());
    out.score = {detail::ratio(found, given, missed > 0 ? 0 : 1), detail::ratio(found, found + missed, 1)};
    found_ += found, missed_ += missed, given_ += given;
    return out;
  }

  DetectionScore score() const { return {detail::ratio(found_, given_, 0), detail::ratio(found_, found_ + missed_, 0)}; }

 private:
  MsraTd500Options options_;
  double found_{}, missed_{}, given_{};
};

}  // namespace scriba::metric
