#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/offset.hpp>
#include <scriba/target/fill.hpp>
#include <scriba/target/target_form.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/target/text_pieces.hpp>

namespace scriba::target {

struct PseKernelOptions {
  int maps = 7;             ///< n: the text itself and n - 1 kernels, each smaller than the one before
  double min_scale = 0.4;   ///< m: of the smallest kernel
  double most_shrink = 20;  ///< pixels; no kernel lies deeper
  TargetForm form = TargetForm::corrected;
};

/// What PSENet learns, each [H, W] of the annotated image's size.
struct PseKernels {
  cv::Mat_<float> text;                  ///< 1 inside every polygon, ignored ones too
  std::vector<cv::Mat_<float>> kernels;  ///< n - 1 maps, largest first
  cv::Mat_<float> mask;                  ///< 0 inside ignored polygons
};

/// Scale of kernel 1 .. n - 1: 0.9, 0.8, ... 0.4 by default (Wang et al., CVPR 2019, equation 3, from the second largest on).
inline double pse_scale(int kernel, const PseKernelOptions& options) { return 1 - (1 - options.min_scale) / (options.maps - 1) * kernel; }

/// Draws the maps of a page: Wang et al., CVPR 2019, section 3.3. Kernels are shrunk by whole pixels; a text that would vanish keeps its
/// full polygon in that kernel.
///
/// Maps that have the right size already are drawn over. Bad polygons are ignored and counted; throws Error for a page without size and for
/// fewer than two maps.
inline TargetReport draw_pse_kernels(const PageAnnotation& page, const PseKernelOptions& options, PseKernels& maps) {
  if (options.maps < 2) throw Error({"cannot make PSE kernels", "PseKernelOptions::maps", "2 or more", std::to_string(options.maps)});
  require_share("PseKernelOptions::min_scale", options.min_scale);
  TargetReport report;
  const PageAnnotation clean = clean_annotations(page, OutsideCorners::keep, report, options.form);
  maps.kernels.resize(static_cast<std::size_t>(options.maps - 1));
  for (auto* map : {&maps.text, &maps.mask}) map->create(page.size);
  maps.text = 0.f, maps.mask = 1.f;
  for (auto& kernel : maps.kernels) kernel.create(page.size), kernel = 0.f;

  for (const TextAnnotation& text : clean.texts) {
    fill(maps.text, text.polygon, 1);
    if (text.ignore) {
      fill(maps.mask, text.polygon, 0);
      // The reference draws the kernels too; no loss sees them.
      if (options.form == TargetForm::corrected) continue;
    }
    Polygon polygon = text.polygon;
    for (Point& p : polygon) p = {std::trunc(p.x), std::trunc(p.y)};
    const double size = area(polygon), around = perimeter(polygon) + 0.001;
    for (int i = 1; i < options.maps; ++i) {
      const double scale = pse_scale(i, options);
      const double shrink = std::min(std::trunc(size * (1 - scale * scale) / around + 0.5), options.most_shrink);
      auto pieces = pieces_of(polygon, -shrink, options.form);
      if (pieces.empty()) pieces.push_back(polygon);
      for (const Polygon& piece : pieces) fill(maps.kernels[static_cast<std::size_t>(i - 1)], piece, 1);
    }
  }
  return report;
}

}  // namespace scriba::target
