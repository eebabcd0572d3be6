#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/head/pse.hpp>
#include <scriba/postprocess/batch_planes.hpp>
#include <scriba/postprocess/pse_regions.hpp>

namespace scriba::postprocess {

/// Reads text regions off the kernels of a PSE head, image by image; see pse_regions().
class PseBoxes {
 public:
  using Options = PseBoxesOptions;
  using Result = std::vector<TextRegion>;

  explicit PseBoxes(Options options = {}) : options_(options) {}

  /// `sources`: the size of each image of the batch before it was resized to the network's input; results are in its pixels.
  std::vector<Result> operator()(const head::PseMaps& maps, std::span<const cv::Size> sources) const {
    const BatchPlanes logits(maps.logits, sources.size(), 0, "PSE logits");
    std::vector<Result> out;
    for (std::size_t i = 0; i < sources.size(); ++i) out.push_back(pse_regions(logits.of(i), sources[i], options_));
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
