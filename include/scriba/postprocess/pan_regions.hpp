#pragma once

#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/kernel/pixel_cluster.hpp>
#include <scriba/postprocess/label_regions.hpp>

namespace scriba::postprocess {

using kernel::SmallKernels;

struct PanBoxesOptions {
  float threshold = 1;      ///< a pixel is text, or kernel, above this logit; 1 is a probability of 0.73
  float distance = 6;       ///< a pixel joins an instance when its similarity vector is nearer than this to the kernel's mean
  int min_kernel_area = 5;  ///< pixels of the map; smaller kernels make no instance
  SmallKernels small_kernels = SmallKernels::dropped;
  LabelRegionsOptions regions{};
};

/// The reference's settings for PAN with ResNet-18, ICDAR 2015 at 736 pixels on the short side.
constexpr PanBoxesOptions pan_boxes_reference(RegionShape shape = RegionShape::quad) {
  return {.threshold = 1,
          .distance = 1,
          .min_kernel_area = 4,
          .small_kernels = SmallKernels::grown_then_dropped,
          .regions = {.min_text_area = 300, .min_score = 0.9f, .shape = shape, .corners = CornerOrder::by_x, .cut_polygons = true}};
}

/// The reference's settings for PAN with MobileNetV3.
constexpr PanBoxesOptions pan_boxes_reference_mobile(RegionShape shape = RegionShape::quad) {
  return {.threshold = 1,
          .distance = 6,
          .min_kernel_area = 8,
          .small_kernels = SmallKernels::grown_then_dropped,
          .regions = {.min_text_area = 50, .min_score = 0.93f, .shape = shape, .corners = CornerOrder::by_x, .cut_polygons = true}};
}

/// The instance of each pixel of text: `maps` are text logits, kernel logits and the components of the similarity vectors, each [H, W].
/// Values that are not finite are background. Throws Error for fewer than 3 maps and maps that differ in size.
inline kernel::LabelledText pan_labels(std::span<const cv::Mat_<float>> maps, const PanBoxesOptions& options = {}) {
  if (maps.size() < 3)
    throw Error({.what = "cannot read regions off these maps",
                 .where = "PAN",
                 .expected = "text, kernel and at least one map of similarity",
                 .got = std::to_string(maps.size()) + " maps"});
  const auto planes = spans(maps);
  return kernel::cluster_pixels(planes[0], planes[1], std::span(planes).subspan(2),
                                {.threshold = options.threshold,
                                 .distance = options.distance,
                                 .min_kernel_area = options.min_kernel_area,
                                 .small_kernels = options.small_kernels},
                                OpenCvThreads{});
}

/// Reads the regions off the maps of a PAN head: kernels gather the text that is similar to them, each label is a region.
/// Wang et al., ICCV 2019; see kernel/pixel_cluster.hpp. `source`: size of the image that the maps stand for; results are in its pixels.
inline std::vector<TextRegion> pan_regions(std::span<const cv::Mat_<float>> maps, cv::Size2d source, const PanBoxesOptions& options = {}) {
  const auto labelled = pan_labels(maps, options);
  return label_regions(labelled, maps[0], source, options.regions);
}

}  // namespace scriba::postprocess
