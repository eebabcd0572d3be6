#pragma once

#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>
#include <scriba/head/db.hpp>
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
    const auto map = maps.shrink.detach().to(at::kCPU, at::kFloat).contiguous();
    if (map.dim() != 4 || map.size(0) != static_cast<std::int64_t>(sources.size()))
      throw Error({.what = "cannot read regions off these maps",
                   .where = "shrink map",
                   .expected = std::to_string(sources.size()) + " maps [N, 1, H, W]",
                   .got = std::to_string(map.dim()) + " axes, N = " + std::to_string(map.dim() > 0 ? map.size(0) : 0)});
    std::vector<Result> out;
    const auto rows = static_cast<int>(map.size(2)), columns = static_cast<int>(map.size(3));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto one = map[static_cast<std::int64_t>(i)];
      out.push_back(db_regions(cv::Mat_<float>(rows, columns, one.data_ptr<float>()), sources[i], options_));
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
