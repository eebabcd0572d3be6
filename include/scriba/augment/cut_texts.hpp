#pragma once

#include <algorithm>
#include <span>
#include <utility>

#include <scriba/augment/page.hpp>
#include <scriba/augment/range.hpp>
#include <scriba/augment/transform.hpp>
#include <scriba/geometry/iou.hpp>

namespace scriba::augment {

/// What becomes of texts that lie partly outside of a crop, by the share of their area that is inside. Polygons keep all their corners,
/// and those outside stay there: label maps know what to do with them (`target::OutsideCorners`).
struct CutTexts {
  double drop_up_to = 0;      ///< left out up to this share: 0 keeps whatever can be seen of a text
  double ignore_below = 0.5;  ///< ignored below: neither text nor background is learnt from a remainder
};

/// Share of the polygon's area that lies inside an image, 0 .. 1; pixels reach half a pixel around their centres. Polygons without area, or
/// with coordinates that are no numbers, count as inside unless all of them is beside the image.
inline double share_inside(std::span<const Point> polygon, cv::Size size) {
  const float right = static_cast<float>(size.width) - 0.5f, bottom = static_cast<float>(size.height) - 0.5f;
  const auto all = [&](auto&& is) { return std::all_of(polygon.begin(), polygon.end(), is); };
  if (all([](const Point& p) { return p.x <= -0.5f; }) || all([&](const Point& p) { return p.x >= right; }) ||
      all([](const Point& p) { return p.y <= -0.5f; }) || all([&](const Point& p) { return p.y >= bottom; }))
    return 0;
  if (all([&](const Point& p) { return p.x >= -0.5f && p.x <= right && p.y >= -0.5f && p.y <= bottom; })) return 1;
  const double whole = area(polygon);
  if (!(whole > 0) || !finite(polygon)) return 1;
  const Quad image{Point(-0.5f, -0.5f), Point(right, -0.5f), Point(right, bottom), Point(-0.5f, bottom)};
  return std::min(intersection_area(polygon, image) / whole, 1.0);
}

/// Counts and applies `rule` to texts that lie partly outside of the page.
inline void cut_texts(Page& page, const CutTexts& rule) {
  require_value("CutTexts::drop_up_to", rule.drop_up_to, 0, 1);
  require_value("CutTexts::ignore_below", rule.ignore_below, 0, 1);
  std::erase_if(page.texts, [&](target::TextAnnotation& text) {
    const double share = share_inside(text.polygon, page.image.size());
    if (share <= rule.drop_up_to && share < 1) {
      ++page.losses.outside;
      return true;
    }
    if (share < rule.ignore_below && !text.ignore) {
      ++page.losses.cut;
      text.ignore = true;
    }
    return false;
  });
}

/// Moves the image and its texts: the page becomes one of `size`.
inline void move_page(Page& page, const Transform& transform, cv::Size size, const cv::Scalar& fill, const CutTexts& rule) {
  page.image = transform.warp(page.image, size, fill);
  for (auto& text : page.texts) text.polygon = transform(text.polygon);
  cut_texts(page, rule);
}

}  // namespace scriba::augment
