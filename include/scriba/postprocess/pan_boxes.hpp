#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/head/pan.hpp>
#include <scriba/postprocess/batch_planes.hpp>
#include <scriba/postprocess/pan_regions.hpp>

namespace scriba::postprocess {

/// Reads text regions off the maps of a PAN head, image by image; see pan_regions().
class PanBoxes {
 public:
  using Options = PanBoxesOptions;
  using Result = std::vector<TextRegion>;

  explicit PanBoxes(Options options = {}) : options_(options) {}

  /// `sources`: the size of each image of the batch before it was resized to the network's input; results are in its pixels.
  std::vector<Result> operator()(const head::PanMaps& maps, std::span<const cv::Size> sources) const {
    const BatchPlanes logits(maps.logits, sources.size(), 6, "PAN logits");
    std::vector<Result> out;
    for (std::size_t i = 0; i < sources.size(); ++i) out.push_back(pan_regions(logits.of(i), sources[i], options_));
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
