#pragma once

#include <string>

#include <scriba/core/error.hpp>
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

// The same the other way.
inline DetectorChanges settings_of(const DetectorInput& input, const postprocess::DbBoxesOptions& boxes) {
  return {.side = input.resize.side,
          .threshold = boxes.threshold,
          .box_threshold = boxes.box_threshold,
          .unclip_ratio = boxes.unclip_ratio,
          .shape = boxes.shape};
}

}  // namespace scriba::zoo::detail
