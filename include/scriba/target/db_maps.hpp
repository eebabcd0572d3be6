#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include <scriba/geometry/offset.hpp>
#include <scriba/target/fill.hpp>
#include <scriba/target/outline_distance.hpp>
#include <scriba/target/target_form.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/target/text_pieces.hpp>

namespace scriba::target {

struct DbMapOptions {
  double shrink_ratio = 0.4;  ///< r: text is shrunk by area * (1 - r^2) / perimeter, and the threshold band reaches as far on either side
  double min_text_size = 8;   ///< pixels of the upright rectangle's shorter side; smaller text is ignored
  double lowest_threshold = 0.3;   ///< of the threshold map, off the band
  double highest_threshold = 0.7;  ///< on the outlines
  int classes = 0;                 ///< of text; 0: no class map
  TargetForm form = TargetForm::corrected;
};

/// What DB learns, each [H, W] of the annotated image's size.
struct DbMaps {
  cv::Mat_<float> shrink;          ///< 1 inside the shrunk polygons
  cv::Mat_<float> shrink_mask;     ///< 0 inside ignored polygons
  cv::Mat_<float> threshold;       ///< lowest .. highest threshold, falling with the distance from the outlines
  cv::Mat_<float> threshold_mask;  ///< 1 inside the grown polygons
  cv::Mat_<int> classes;           ///< 1 + class inside the polygons, -1 inside ignored ones (the reference: 0), 0 elsewhere; only with
                                   ///< `DbMapOptions::classes`
};

/// Draws the maps of a page: Liao et al., AAAI 2020, section 3.4 (label generation).
///
/// Maps that have the right size already are drawn over, so that they can lie in a batch's memory. Bad polygons are ignored and counted;
/// throws Error only for a page without size.
inline TargetReport draw_db_maps(const PageAnnotation& page, const DbMapOptions& options, DbMaps& maps) {
  require_share("DbMapOptions::shrink_ratio", options.shrink_ratio);
  TargetReport report;
  const PageAnnotation clean = clean_annotations(page, OutsideCorners::move_to_edge, report, options.form);
  for (auto* map : {&maps.shrink, &maps.shrink_mask, &maps.threshold, &maps.threshold_mask}) map->create(page.size);
  maps.shrink = 0.f, maps.shrink_mask = 1.f, maps.threshold = 1.f, maps.threshold_mask = 0.f;
  if (options.classes > 0) maps.classes.create(page.size), maps.classes = 0;

  bool drawn = false;
  for (const TextAnnotation& text : clean.texts) {
    const Polygon& polygon = text.polygon;
    std::vector<Polygon> shrunk;
    const double distance = offset_distance(polygon, 1 - options.shrink_ratio * options.shrink_ratio);
    if (!text.ignore) {
      if (options.classes > 0 && (text.class_id < 0 || text.class_id >= options.classes))
        ++report.unknown_class;
      else if (shorter_side(polygon) < options.min_text_size)
        ++report.unfit_size;
      else if (shrunk = pieces_of(polygon, -distance, options.form); shrunk.empty())
        ++report.shrunk_away;
    }
    if (shrunk.empty()) {
      fill(maps.shrink_mask, polygon, 0);
      if (options.classes > 0 && options.form == TargetForm::corrected) fill(maps.classes, polygon, -1);
      continue;
    }
    for (const Polygon& piece : shrunk) fill(maps.shrink, piece, 1);
    if (options.classes > 0) fill(maps.classes, polygon, 1 + text.class_id);
    const auto grown = pieces_of(polygon, distance, options.form);
    for (const Polygon& piece : grown) fill(maps.threshold_mask, piece, 1);
    // The threshold map holds the square of the distance in units of the band's width until all texts are in.
    if (options.form == TargetForm::corrected)
      lower_to_outline(maps.threshold, polygon, distance);
    else if (!grown.empty())
      lower_to_outline_by_angle(maps.threshold, polygon, distance, pixel_bounds(grown[0]) + cv::Size(1, 1));
    drawn = true;
  }
  if (drawn) {
    cv::sqrt(maps.threshold, maps.threshold);
    maps.threshold.convertTo(maps.threshold, CV_32F, options.lowest_threshold - options.highest_threshold, options.highest_threshold);
  } else {
    maps.threshold = static_cast<float>(options.lowest_threshold);
  }
  return report;
}

}  // namespace scriba::target
