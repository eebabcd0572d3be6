#pragma once

#include <cstddef>
#include <span>

#include <scriba/geometry/polygon.hpp>
#include <scriba/metric/detection_score.hpp>
#include <scriba/target/text_annotation.hpp>

namespace scriba::metric {

/// Of the texts that a detector found, how many got the right class: for detectors that tell kinds of text apart.
class ClassAccuracy {
 public:
  /// `image`: what a protocol said of these texts and the polygons of these regions.
  void add(const ImageScore& image, std::span<const target::TextAnnotation> truths, std::span<const TextRegion> regions) {
    for (const DetectionMatch& match : image.matches) {
      ++found_;
      right_ += truths[match.truth].class_id == regions[match.detection].class_id;
    }
  }

  std::size_t found() const { return found_; }
  /// 0..1; 0 when nothing was found.
  double accuracy() const { return found_ > 0 ? static_cast<double>(right_) / static_cast<double>(found_) : 0; }

 private:
  std::size_t found_ = 0, right_ = 0;
};

}  // namespace scriba::metric
