#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/head/db_multi_class.hpp>
#include <scriba/postprocess/batch_planes.hpp>
#include <scriba/postprocess/db_multi_class_regions.hpp>

namespace scriba::postprocess {

/// Reads text regions with classes off the maps of a DB head with classes, image by image; see db_multi_class_regions().
class DbMultiClassBoxes {
 public:
  using Options = DbMultiClassBoxesOptions;
  using Result = std::vector<TextRegion>;

  explicit DbMultiClassBoxes(Options options = {}) : options_(options) {}

  /// `sources`: the size of each image of the batch before it was resized to the network's input; results are in its pixels.
  std::vector<Result> operator()(const head::DbMultiClassMaps& maps, std::span<const cv::Size> sources) const {
    const BatchPlanes shrink(maps.shrink, sources.size(), 1, "shrink map"), classes(maps.class_logits, sources.size(), 0, "class logits");
    std::vector<Result> out;
    for (std::size_t i = 0; i < sources.size(); ++i)
      out.push_back(db_multi_class_regions(shrink.of(i)[0], classes.of(i), sources[i], options_));
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
