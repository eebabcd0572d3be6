#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>
#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/geometry/polygon_score.hpp>
#include <scriba/postprocess/db_regions.hpp>

namespace scriba::postprocess {

/// Which pixels say what class a region is of. The most frequent class wins, of equally frequent ones the first.
enum class ClassVote {
  inside,              ///< those of the shrunk text itself
  bounding_rectangle,  ///< those of the upright rectangle around its smallest rectangle, neighbours and background too: the reference
};

struct DbMultiClassBoxesOptions {
  DbBoxesOptions boxes{};
  ClassVote vote = ClassVote::inside;
};

/// The reference's settings for DB with classes; it reads quads only.
constexpr DbMultiClassBoxesOptions db_multi_class_boxes_reference() {
  return {.boxes = {.threshold = 0.5f, .box_threshold = 0.6f, .unclip_ratio = 2.0f, .rule = DbRule::reference_python},
          .vote = ClassVote::bounding_rectangle};
}

namespace detail {

// Votes of the pixels of a contour; class_at(y, x) is below `classes`, or `classes` for no vote.
template <class ClassAt>
int voted_class(std::span<const Point> contour, cv::Size map, ClassVote vote, std::size_t classes, const ClassAt& class_at,
                cv::Mat& scratch) {
  Polygon voters(contour.begin(), contour.end());
  if (vote == ClassVote::bounding_rectangle) {
    const Quad box = min_area_quad(contour).corners;
    const cv::Rect2f around = pixel_bounds(box);
    voters = {around.tl(), {around.br().x, around.y}, around.br(), {around.x, around.br().y}};
  }
  std::vector<int> votes(classes + 1, 0);
  const auto [bounds, inside] = polygon_pixels(voters, map, scratch);
  for (int y = 0; y < bounds.height; ++y)
    for (int x = 0; x < bounds.width; ++x)
      if (inside.ptr(y)[x]) ++votes[class_at(bounds.y + y, bounds.x + x)];
  return static_cast<int>(std::max_element(votes.begin(), votes.end() - 1) - votes.begin());
}

template <class ClassAt>
std::vector<TextRegion> db_multi_class_regions(const cv::Mat_<float>& probability, cv::Size2d source,
                                               const DbMultiClassBoxesOptions& options, std::size_t classes, const ClassAt& class_at) {
  std::vector<TextRegion> regions;
  cv::Mat scratch;
  for_each_db_region(probability, source, options.boxes, [&](const Polygon& contour, TextRegion region) {
    region.class_id = voted_class(contour, probability.size(), options.vote, classes, class_at, scratch);
    regions.push_back(std::move(region));
  });
  return regions;
}

}  // namespace detail

/// Reads the regions off a DB probability map as db_regions() does, each with the class that most of its pixels are of.
///
/// `probability` [H, W]; `class_logits`: a map [H, W] for each class, 1 at least, of which the largest counts. Values that are not
/// numbers give no vote; a region without any is of class 0. Works on the pixels of regions only. Throws Error when maps differ in size.
inline std::vector<TextRegion> db_multi_class_regions(const cv::Mat_<float>& probability, std::span<const cv::Mat_<float>> class_logits,
                                                      cv::Size2d source, const DbMultiClassBoxesOptions& options = {}) {
  const std::size_t classes = class_logits.size();
  if (classes == 0 ||
      std::any_of(class_logits.begin(), class_logits.end(), [&](const auto& map) { return map.size() != probability.size(); }))
    throw Error({.what = "cannot read regions off these maps",
                 .where = "class maps",
                 .expected = "1 at least, of " + std::to_string(probability.rows) + " x " + std::to_string(probability.cols),
                 .got = std::to_string(classes) + " maps" + (classes > 0 ? ", not all of this size" : "")});
  return detail::db_multi_class_regions(probability, source, options, classes, [&](int y, int x) {
    std::size_t best = classes;
    for (std::size_t c = 0; c < classes; ++c)
      if (const float value = class_logits[c](y, x); value == value && (best == classes || value > class_logits[best](y, x))) best = c;
    return best;
  });
}

/// The same with a map [H, W] of class numbers, 0 to 255.
inline std::vector<TextRegion> db_multi_class_regions(const cv::Mat_<float>& probability, const cv::Mat_<unsigned char>& classes,
                                                      cv::Size2d source, const DbMultiClassBoxesOptions& options = {}) {
  if (classes.size() != probability.size())
    throw Error({.what = "cannot read regions off these maps",
                 .where = "class map",
                 .expected = std::to_string(probability.rows) + " x " + std::to_string(probability.cols),
                 .got = std::to_string(classes.rows) + " x " + std::to_string(classes.cols)});
  return detail::db_multi_class_regions(probability, source, options, 256, [&](int y, int x) { return std::size_t{classes(y, x)}; });
}

}  // namespace scriba::postprocess
