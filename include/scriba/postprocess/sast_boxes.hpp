#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/head/sast.hpp>
#include <scriba/postprocess/batch_planes.hpp>
#include <scriba/postprocess/sast_regions.hpp>

namespace scriba::postprocess {

/// Reads text regions off the maps of a SAST head, image by image; see sast_regions().
class SastBoxes {
 public:
  using Options = SastBoxesOptions;
  using Result = std::vector<TextRegion>;

  explicit SastBoxes(Options options = {}) : options_(options) {}

  /// `sources`: the size of each image of the batch before it was resized to the network's input; results are in its pixels.
  std::vector<Result> operator()(const head::SastMaps& maps, std::span<const cv::Size> sources) const {
    const BatchPlanes score(maps.score, sources.size(), 1, "score"), border(maps.border, sources.size(), 4, "border"),
        tvo(maps.tvo, sources.size(), 8, "tvo"), tco(maps.tco, sources.size(), 2, "tco");
    std::vector<Result> out;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      SastPlanes planes{score.of(i)[0], {}, {}, {}};
      std::ranges::copy(border.of(i), planes.border.begin());
      std::ranges::copy(tvo.of(i), planes.tvo.begin());
      std::ranges::copy(tco.of(i), planes.tco.begin());
      out.push_back(sast_regions(planes, sources[i], options_));
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
