#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <scriba/geometry/polygon.hpp>
#include <scriba/metric/detection_score.hpp>
#include <scriba/target/text_annotation.hpp>

namespace scriba::metric {

/// Of the texts that a detector found, how many got the right class: for detectors that tell kinds of text apart.
class ClassAccuracy {
 public:
  /// `image`: what a protocol said of these texts and the polygons of these regions. A text that several regions count for is right when
  /// one of them has its class; ignored ones do not count.
  void add(const ImageScore& image, std::span<const target::TextAnnotation> truths, std::span<const TextRegion> regions) {
    enum class Found { no, with_another_class, right };
    std::vector<Found> texts(truths.size(), Found::no);
    for (const DetectionMatch& match : image.matches) {
      const auto& truth = truths[match.truth];
      if (truth.ignore) continue;
      const bool right = truth.class_id == regions[match.detection].class_id;
      texts[match.truth] = std::max(texts[match.truth], right ? Found::right : Found::with_another_class);
    }
    for (const Found text : texts) found_ += text != Found::no, right_ += text == Found::right;
  }

  /// Texts.
  std::size_t found() const { return found_; }
  /// 0..1; 0 when nothing was found.
  double accuracy() const { return found_ > 0 ? static_cast<double>(right_) / static_cast<double>(found_) : 0; }

 private:
  std::size_t found_ = 0, right_ = 0;
};

}  // namespace scriba::metric
