#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/head/db.hpp>
#include <scriba/postprocess/batch_planes.hpp>
#include <scriba/postprocess/db_regions.hpp>

namespace scriba::postprocess {

/// Reads text regions off the shrink map of a DB head, image by image; see db_regions().
class DbBoxes {
 public:
  using Options = DbBoxesOptions;
  using Result = std::vector<TextRegion>;

  explicit DbBoxes(Options options = {}) : options_(options) {}

  /// `sources`: the size of each image of the batch before it was resized to the network's input; results are in its pixels.
  std::vector<Result> operator()(const head::DbMaps& maps, std::span<const cv::Size> sources) const {
    const BatchPlanes shrink(maps.shrink, sources.size(), 1, "shrink map");
    std::vector<Result> out;
    for (std::size_t i = 0; i < sources.size(); ++i) out.push_back(db_regions(shrink.of(i)[0], sources[i], options_));
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
