#pragma once

#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/geometry/polygon.hpp>
#include <scriba/kernel/label_expand.hpp>
#include <scriba/postprocess/label_regions.hpp>

namespace scriba::postprocess {

struct PseBoxesOptions {
  float threshold = 1;      ///< a pixel belongs to the text or a kernel above this logit; 1 is a probability of 0.73
  int min_kernel_area = 5;  ///< pixels of the map; smaller kernels start no instance
  LabelRegionsOptions regions{.min_text_area = 800, .min_score = 0.93f};
};

/// The reference's settings for PSENet on ICDAR 2015, for maps of an image of 2240 pixels on its long side.
constexpr PseBoxesOptions pse_boxes_reference(RegionShape shape = RegionShape::quad) {
  PseBoxesOptions options;
  options.regions.shape = shape;
  options.regions.corners = CornerOrder::by_x;
  options.regions.cut_polygons = true;
  return options;
}

/// The instance of each pixel of text: `logits` are K maps [H, W], the whole text first and the smallest kernel last.
/// Logits that are not finite are background. Throws Error for fewer than 2 maps, more than 31, and maps that differ in size.
inline kernel::LabelledText pse_labels(std::span<const cv::Mat_<float>> logits, const PseBoxesOptions& options = {}) {
  return kernel::expand_labels(spans(logits), options.threshold, options.min_kernel_area, OpenCvThreads{});
}

/// Reads the regions off the maps of a PSE head: kernels are labelled and grow to the whole text, each label is a region.
/// Wang et al., CVPR 2019; see kernel/label_expand.hpp. `source`: size of the image that the maps stand for; results are in its pixels.
inline std::vector<TextRegion> pse_regions(std::span<const cv::Mat_<float>> logits, cv::Size2d source,
                                           const PseBoxesOptions& options = {}) {
  const auto labelled = pse_labels(logits, options);
  return label_regions(labelled, logits[0], source, options.regions);
}

}  // namespace scriba::postprocess
