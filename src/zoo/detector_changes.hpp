#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include <scriba/core/error.hpp>
#include <scriba/postprocess/db_multi_class_regions.hpp>
#include <scriba/postprocess/db_regions.hpp>
#include <scriba/postprocess/sast_regions.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

namespace scriba::zoo::detail {

inline void require_shares(const DetectorChanges& changes) {
  const auto require = [](const std::optional<float>& value, const char* which) {
    if (value && !(*value >= 0 && *value <= 1))
      throw Error({.what = "bad option", .where = which, .expected = "0..1", .got = std::to_string(*value)});
  };
  require(changes.threshold, "threshold");
  require(changes.box_threshold, "box threshold");
}

inline void apply(const DetectorChanges& changes, postprocess::DbBoxesOptions& boxes) {
  boxes.shape = changes.shape.value_or(boxes.shape);
  boxes.threshold = changes.threshold.value_or(boxes.threshold);
  boxes.box_threshold = changes.box_threshold.value_or(boxes.box_threshold);
  boxes.unclip_ratio = changes.unclip_ratio.value_or(boxes.unclip_ratio);
}

// Of a detector by its name, for errors. Throws Error for a change that its post-processing does not have.
inline void refuse(bool given, std::string_view detector, const char* option) {
  if (given) throw Error({.what = "this detector has no such option", .where = std::string(detector), .got = option});
}

// PSENet and PAN compare logits.
inline float logit(float probability) { return std::log(probability / (1 - probability)); }

inline void apply(const DetectorChanges& options, std::string_view, postprocess::DbBoxesOptions& boxes) {
  if (options.shape && boxes.rule != postprocess::DbRule::paddle_ocr) boxes.rule = postprocess::db_boxes_reference(*options.shape).rule;
  apply(options, boxes);
}

// The reference's rule for these is the one that does quads and polygons alike.
inline void apply(const DetectorChanges& options, std::string_view, postprocess::DbMultiClassBoxesOptions& boxes) {
  apply(options, boxes.boxes);
}

// PSENet and PAN.
template <class Boxes>
requires requires(Boxes boxes) { boxes.regions.min_score; }
void apply(const DetectorChanges& options, std::string_view detector, Boxes& boxes) {
  refuse(options.unclip_ratio.has_value(), detector, "unclip ratio");
  if (options.threshold) boxes.threshold = logit(*options.threshold);
  boxes.regions.min_score = options.box_threshold.value_or(boxes.regions.min_score);
  boxes.regions.shape = options.shape.value_or(boxes.regions.shape);
}

inline void apply(const DetectorChanges& options, std::string_view detector, postprocess::SastBoxesOptions& boxes) {
  refuse(options.unclip_ratio.has_value(), detector, "unclip ratio");
  refuse(options.box_threshold.has_value(), detector, "box threshold");
  boxes.score_threshold = options.threshold.value_or(boxes.score_threshold);
  boxes.shape = options.shape.value_or(boxes.shape);
}

// The same the other way: what the changes would have to be to give these options.
inline DetectorChanges settings_of(const DetectorInput& input, const postprocess::DbBoxesOptions& boxes) {
  return {.side = input.resize.side,
          .threshold = boxes.threshold,
          .box_threshold = boxes.box_threshold,
          .unclip_ratio = boxes.unclip_ratio,
          .shape = boxes.shape};
}

inline DetectorChanges settings_of(const DetectorInput& input, const postprocess::DbMultiClassBoxesOptions& boxes) {
  return settings_of(input, boxes.boxes);
}

template <class Boxes>
requires requires(Boxes boxes) { boxes.regions.min_score; }
DetectorChanges settings_of(const DetectorInput& input, const Boxes& boxes) {
  return {.side = input.resize.side,
          .threshold = 1 / (1 + std::exp(-boxes.threshold)),
          .box_threshold = boxes.regions.min_score,
          .shape = boxes.regions.shape};
}

inline DetectorChanges settings_of(const DetectorInput& input, const postprocess::SastBoxesOptions& boxes) {
  return {.side = input.resize.side, .threshold = boxes.score_threshold, .shape = boxes.shape};
}

}  // namespace scriba::zoo::detail
