#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <opencv2/core.hpp>

#include <scriba/core/error.hpp>
#include <scriba/target/fill.hpp>
#include <scriba/target/target_form.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/target/text_pieces.hpp>
#include <scriba/target/text_strip.hpp>

namespace scriba::target {

struct SastMapOptions {
  int stride = 4;              ///< image pixels for a pixel of the maps
  double centre_ratio = 0.3;   ///< height of the centre line in heights of the text
  double end_ratio = 0.15;     ///< of the height is cut off at each end of the centre line's score
  double min_text_size = 4;    ///< image pixels, shorter side of the text's box; smaller text is ignored
  double max_text_size = 512;  ///< larger text too
  TargetForm form = TargetForm::corrected;
};

/// What SAST learns, each [H / stride, W / stride], distances in pixels of the maps. All are 0 off the centre lines.
struct SastMaps {
  cv::Mat_<float> score;  ///< 1 on the centre lines, without their ends
  std::array<cv::Mat_<float>, 5>
      border;  ///< from the pixel to the upper side y, x, to the lower side y, x; 2 / shorter side: where score is 1
  std::array<cv::Mat_<float>, 9> tvo;  ///< text vertex offset: pixel minus each corner of the text's box, x and y; 1 / shorter side
  std::array<cv::Mat_<float>, 3> tco;  ///< text centre offset: pixel minus the box's centre, x and y; 1 / shorter side
  cv::Mat_<float> mask;                ///< 0 inside ignored polygons (the reference: 0.15)
};

namespace detail {

// A line as the points where sine * x - cosine * y = offset.
struct StraightLine {
  double sine, cosine, offset;

  StraightLine(const StripPoint& through, double angle)
      : sine(std::sin(angle)), cosine(std::cos(angle)), offset(sine * through.x - cosine * through.y) {}
  StraightLine(const StripPoint& a, const StripPoint& b) : StraightLine(a, std::atan2(b.y - a.y, b.x - a.x)) {}

  // Nothing where the lines are parallel, or so nearly that they meet beyond all text.
  std::optional<StripPoint> meets(const StraightLine& other) const {
    const double turn = cosine * other.sine - sine * other.cosine;
    if (std::abs(turn) < 1e-9) return {};
    return StripPoint((cosine * other.offset - other.cosine * offset) / turn, (sine * other.offset - other.sine * offset) / turn);
  }
};

// Upwards: between the direction of the left and that of the right side. The mean of two angles is the opposite direction where they lie on
// either side of 180 degrees, which the reference does not see to.
inline double upward(const StripQuad& quad, TargetForm form) {
  const StripPoint left = quad[0] - quad[3], right = quad[1] - quad[2];
  const double left_angle = std::atan2(left.y, left.x), right_angle = std::atan2(right.y, right.x);
  if (form != TargetForm::corrected) return (left_angle + right_angle) / 2;
  return std::atan2(std::sin(left_angle) + std::sin(right_angle), std::cos(left_angle) + std::cos(right_angle));
}

// One pixel's border offsets: where the line through it, across the text, meets both sides.
inline std::optional<std::array<double, 4>> border_offsets(const StripPoint& pixel, const StraightLine& upper, const StraightLine& lower,
                                                           double angle) {
  const StraightLine across(pixel, angle);
  const auto above = upper.meets(across), below = lower.meets(across);
  if (!above || !below) return {};
  return std::array{above->y - pixel.y, above->x - pixel.x, below->y - pixel.y, below->x - pixel.x};
}

class SastPainter {
 public:
  SastPainter(const SastMapOptions& options, SastMaps& maps) : options_(options), maps_(maps), part_(maps.score.size(), CV_8UC1) {}

  // Score and border of one part of a centre line; `whole` is the same part at the text's full height.
  void part(const StripQuad& centre, const StripQuad& whole) {
    const cv::Rect place = pixels_of(centre);
    if (place.empty()) return;
    const StraightLine upper(whole[0], whole[1]), lower(whole[3], whole[2]);
    const double angle = upward(whole, options_.form);
    const float norm = static_cast<float>(2 / std::max(StripBox{whole, {}}.shorter(), 1.0));
    for (int y = place.y; y < place.br().y; ++y)
      for (int x = place.x; x < place.br().x; ++x) {
        if (part_.at<unsigned char>(y, x) == 0) continue;
        auto offsets = border_offsets(StripPoint(x, y), upper, lower, angle);
        // Sides that run along the text: the quad has no height to learn.
        if (!offsets && options_.form == TargetForm::corrected) continue;
        if (!offsets) offsets = {-1.0 * y, -1.0 * x, -1.0 * y, -1.0 * x};
        maps_.score(y, x) = 1;
        for (std::size_t i = 0; i < 4; ++i) maps_.border[i](y, x) = static_cast<float>((*offsets)[i]);
        maps_.border[4](y, x) = norm;
      }
  }

  // Vertex and centre offsets on the whole of a centre line.
  void box(const TextStrip& centre, const StripBox& box) {
    const auto ring = centre.ring();
    const cv::Rect place = pixels_of(ring);
    const float norm = static_cast<float>(1 / std::max(box.shorter(), 1.0));
    std::array<float, 8> corner;
    for (std::size_t i = 0; i < 4; ++i) {
      corner[2 * i] = static_cast<float>(std::clamp(box.corner[i].x, 0.0, static_cast<double>(part_.cols)));
      corner[2 * i + 1] = static_cast<float>(std::clamp(box.corner[i].y, 0.0, static_cast<double>(part_.rows)));
    }
    for (int y = place.y; y < place.br().y; ++y)
      for (int x = place.x; x < place.br().x; ++x) {
        if (part_.at<unsigned char>(y, x) == 0) continue;
        for (std::size_t i = 0; i < 8; ++i) maps_.tvo[i](y, x) = static_cast<float>(i % 2 == 0 ? x : y) - corner[i];
        maps_.tco[0](y, x) = static_cast<float>(x) - static_cast<float>(box.centre.x);
        maps_.tco[1](y, x) = static_cast<float>(y) - static_cast<float>(box.centre.y);
        maps_.tvo[8](y, x) = maps_.tco[2](y, x) = norm;
      }
  }

 private:
  // Marks a polygon's pixels in `part_` and returns the rectangle that they lie in.
  cv::Rect pixels_of(std::span<const StripPoint> polygon) {
    int left = part_.cols, right = -1, top = part_.rows, bottom = -1;
    for (const StripPoint& p : polygon) {
      left = std::min(left, static_cast<int>(std::nearbyint(p.x))), right = std::max(right, static_cast<int>(std::nearbyint(p.x)));
      top = std::min(top, static_cast<int>(std::nearbyint(p.y))), bottom = std::max(bottom, static_cast<int>(std::nearbyint(p.y)));
    }
    const cv::Rect place = cv::Rect(left, top, right - left + 1, bottom - top + 1) & cv::Rect({0, 0}, part_.size());
    if (place.empty()) return {};
    part_(place).setTo(0);
    fill(part_, polygon, 1, ToPixels::round);
    return place;
  }

  const SastMapOptions& options_;
  SastMaps& maps_;
  cv::Mat part_;
};

}  // namespace detail

/// Draws the maps of a page: Wang et al., "A single-shot arbitrarily-shaped text detector based on context attended multi-task learning",
/// ACM MM 2019, section 3.2. Text should have its corners clockwise; anticlockwise lines are taken for mirrored and turned around.
///
/// Maps that have the right size already are drawn over. Bad polygons are ignored and counted; throws Error for a page without size or
/// smaller than a stride.
inline TargetReport draw_sast_maps(const PageAnnotation& page, const SastMapOptions& options, SastMaps& maps) {
  require_share("SastMapOptions::centre_ratio", options.centre_ratio);
  require_share("SastMapOptions::end_ratio", options.end_ratio, 0.5);
  TargetReport report;
  const bool corrected = options.form == TargetForm::corrected;
  const PageAnnotation clean = clean_annotations(page, OutsideCorners::keep, report, options.form);
  if (options.stride < 1 || std::min(page.size.width, page.size.height) < options.stride)
    throw Error({"cannot make SAST maps", "PageAnnotation::size", "at least one stride of " + std::to_string(options.stride) + " pixels",
                 std::to_string(page.size.width) + " x " + std::to_string(page.size.height)});
  const cv::Size size(page.size.width / options.stride, page.size.height / options.stride);
  const auto start = [&](cv::Mat_<float>& map, float value) { map.create(size), map = value; };
  start(maps.score, 0), start(maps.mask, 1);
  for (auto& map : maps.border) start(map, 0);
  for (auto& map : maps.tvo) start(map, 0);
  for (auto& map : maps.tco) start(map, 0);

  const double scale = 1.0 / options.stride;
  detail::SastPainter painter(options, maps);
  for (const TextAnnotation& text : clean.texts) {
    const auto mask_out = [&] {
      std::vector<StripPoint> ring;
      for (const Point& p : text.polygon) ring.emplace_back(p.x * scale, p.y * scale);
      fill(maps.mask, std::span<const StripPoint>(ring), corrected ? 0 : 0.15);
    };
    if (text.ignore && corrected) {
      mask_out();
      continue;
    }
    if (text.polygon.size() < 3) continue;  // only in the reference forms
    TextStrip strip = strip_of(text.polygon, scale);
    if (corrected && signed_area(text.polygon) < 0) turn_around(strip);
    const double shorter = box_of(strip).shorter();
    const bool fits = shorter >= options.min_text_size * scale && shorter <= options.max_text_size * scale;
    if (!fits && !text.ignore) {
      ++report.unfit_size;
      if (corrected) mask_out();
    }
    if (text.ignore && fits) mask_out();
    if (text.ignore || (!fits && corrected)) continue;

    if (fits)
      for (const auto& [quad, index] :
           without_ends(centre_strip(strip, options.centre_ratio), options.end_ratio, 1 / std::max(options.centre_ratio, 1e-6)))
        painter.part(quad, strip.quad(index));
    const TextStrip level = level_start(strip);
    painter.box(centre_strip(level, options.centre_ratio), box_of(level));
  }
  return report;
}

}  // namespace scriba::target
