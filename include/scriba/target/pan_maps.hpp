#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include <scriba/geometry/offset.hpp>
#include <scriba/target/fill.hpp>
#include <scriba/target/target_form.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/target/text_pieces.hpp>

namespace scriba::target {

struct PanMapOptions {
  double shrink_ratio = 0.5;  ///< r: kernels are shrunk by area * (1 - r^2) / perimeter
  double min_text_size = 8;   ///< pixels of the upright rectangle's shorter side; smaller text is ignored
  TargetForm form = TargetForm::corrected;
};

/// What PAN learns, each [H, W] of the annotated image's size.
struct PanMaps {
  cv::Mat_<float> text;           ///< 1 inside the polygons
  cv::Mat_<int> text_instance;    ///< number of the text, from 1, inside its polygon; later texts lie on earlier ones
  cv::Mat_<float> kernel;         ///< 1 inside the shrunk polygons
  cv::Mat_<int> kernel_instance;  ///< number of the text inside its shrunk polygon
  cv::Mat_<float> mask;           ///< 0 inside ignored polygons
};

/// Draws the maps of a page: Wang et al., ICCV 2019, section 3.5 (kernels as in PSENet, one of them). Ignored text is in no map but the
/// mask.
///
/// Maps that have the right size already are drawn over. Bad polygons are ignored and counted; throws Error only for a page without size.
inline TargetReport draw_pan_maps(const PageAnnotation& page, const PanMapOptions& options, PanMaps& maps) {
  require_share("PanMapOptions::shrink_ratio", options.shrink_ratio);
  TargetReport report;
  const PageAnnotation clean = clean_annotations(page, OutsideCorners::move_to_edge, report, options.form);
  for (auto* map : {&maps.text, &maps.kernel, &maps.mask}) map->create(page.size);
  for (auto* map : {&maps.text_instance, &maps.kernel_instance}) map->create(page.size), *map = 0;
  maps.text = 0.f, maps.kernel = 0.f, maps.mask = 1.f;

  int number = 0;
  for (const TextAnnotation& text : clean.texts) {
    ++number;
    const bool usable = !text.ignore && shorter_side(text.polygon) >= options.min_text_size;
    std::vector<Polygon> shrunk;
    if (usable)
      shrunk = pieces_of(text.polygon, -offset_distance(text.polygon, 1 - options.shrink_ratio * options.shrink_ratio), options.form);
    if (shrunk.empty()) {
      fill(maps.mask, text.polygon, 0);
      if (usable)
        ++report.shrunk_away;
      else if (!text.ignore)
        ++report.unfit_size;
    }
    // The reference draws a text before it finds that nothing is left of it; the mask hides it.
    if (!shrunk.empty() || (usable && options.form != TargetForm::corrected)) {
      fill(maps.text, text.polygon, 1);
      fill(maps.text_instance, text.polygon, number);
    }
    for (const Polygon& piece : shrunk) {
      fill(maps.kernel, piece, 1);
      fill(maps.kernel_instance, piece, number);
    }
  }
  return report;
}

}  // namespace scriba::target
