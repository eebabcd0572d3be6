#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/limits.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/geometry/simple.hpp>
#include <scriba/target/target_form.hpp>

namespace scriba::target {

/// One text of an image, as somebody labelled it.
struct TextAnnotation {
  /// Image pixels, three corners or more: along the upper side of the text in reading direction, back along its lower side. Boxes have 4;
  /// curved text has two corners for each step along the line.
  Polygon polygon;
  std::string transcription{};  ///< UTF-8
  bool ignore{};                ///< not to be learnt, neither as text nor as background: illegible, or in a script that nobody labelled
  int class_id{};               ///< of detectors with several classes, from 0
};

/// What an image shows.
struct PageAnnotation {
  cv::Size size;  ///< of the image that the polygons lie in; label maps have this size (SAST: a quarter)
  std::vector<TextAnnotation> texts;
};

/// What became of the texts, counted. Bad labels never stop a training run: they are ignored and show up here.
struct TargetReport {
  std::int64_t texts{};             ///< annotations looked at
  std::int64_t ignored{};           ///< by their annotation
  std::int64_t outside{};           ///< entirely beside the image; left out
  std::int64_t not_finite{};        ///< NaN or infinite coordinates
  std::int64_t too_far{};           ///< coordinates beyond 32 767 pixels
  std::int64_t too_many_corners{};  ///< more than 1000
  std::int64_t too_few_corners{};   ///< fewer than three different ones
  std::int64_t no_area{};           ///< less than one square pixel inside the image
  std::int64_t crosses_itself{};
  std::int64_t unfit_size{};     ///< too small or, for SAST, too large
  std::int64_t shrunk_away{};    ///< nothing is left of the text when it is shrunk
  std::int64_t unknown_class{};  ///< class outside of 0 .. classes - 1, where classes are learnt

  /// Texts that could not be used although nobody asked to ignore them.
  std::int64_t unusable() const {
    return not_finite + too_far + too_many_corners + too_few_corners + no_area + crosses_itself + unfit_size + shrunk_away + unknown_class;
  }
  bool operator==(const TargetReport&) const = default;
  TargetReport& operator+=(const TargetReport& other) {
    for (const auto& [name, field] : fields()) this->*field += other.*field;
    return *this;
  }
  /// "812 texts, 95 ignored, 3 of unfit size": counts that are zero are left out.
  std::string line() const {
    std::string out;
    for (const auto& [name, field] : fields())
      if (this->*field != 0 || field == &TargetReport::texts) out += (out.empty() ? "" : ", ") + std::to_string(this->*field) + " " + name;
    return out;
  }

 private:
  struct Field {
    const char* name;
    std::int64_t TargetReport::*field;
  };
  static std::span<const Field> fields() {
    static constexpr Field all[] = {{"texts", &TargetReport::texts},
                                    {"ignored", &TargetReport::ignored},
                                    {"outside", &TargetReport::outside},
                                    {"not finite", &TargetReport::not_finite},
                                    {"too far away", &TargetReport::too_far},
                                    {"with too many corners", &TargetReport::too_many_corners},
                                    {"with too few corners", &TargetReport::too_few_corners},
                                    {"without area", &TargetReport::no_area},
                                    {"crossing themselves", &TargetReport::crosses_itself},
                                    {"of unfit size", &TargetReport::unfit_size},
                                    {"shrunk away", &TargetReport::shrunk_away},
                                    {"of unknown class", &TargetReport::unknown_class}};
    return all;
  }
};

/// What happens to corners that lie outside the image.
enum class OutsideCorners {
  keep,          ///< PSE and SAST: the text goes on beyond the image, and so do its maps
  move_to_edge,  ///< DB and PAN: to the nearest pixel of the image, as the authors of DB do; slanted text that is cut off changes its shape
                 ///< a little
};

namespace detail {

constexpr float kFarthest = 32767;  // corners beyond cannot be filled safely
constexpr std::size_t kMostCorners = 1000;

inline void check_size(const cv::Size& size) {
  if (size.width < 1 || size.height < 1 || std::max(size.width, size.height) > ImageLimits{}.max_side)
    throw Error({"cannot make label maps", "PageAnnotation::size", "sides of 1 to " + std::to_string(ImageLimits{}.max_side) + " pixels",
                 std::to_string(size.width) + " x " + std::to_string(size.height)});
}

inline void move_inside(Polygon& polygon, const cv::Size& size) {
  for (Point& p : polygon)
    p = {std::clamp(p.x, 0.f, static_cast<float>(size.width - 1)), std::clamp(p.y, 0.f, static_cast<float>(size.height - 1))};
}

inline bool drawable(const Polygon& polygon) {
  return !polygon.empty() && finite(polygon) && std::all_of(polygon.begin(), polygon.end(), [](const Point& p) {
    return std::abs(p.x) <= kFarthest && std::abs(p.y) <= kFarthest;
  });
}

inline std::size_t distinct_corners(Polygon polygon) {
  std::sort(polygon.begin(), polygon.end(), [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  return static_cast<std::size_t>(std::unique(polygon.begin(), polygon.end()) - polygon.begin());
}

// True when nothing of the polygon can be seen. Corners that are no numbers do not count.
inline bool beside(const Polygon& polygon, const cv::Size& size) {
  const auto all = [&](auto&& out) {
    return std::all_of(polygon.begin(), polygon.end(), [&](const Point& p) { return out(p) || std::isnan(p.x + p.y); });
  };
  const auto right = static_cast<float>(size.width - 1), bottom = static_cast<float>(size.height - 1);
  return all([](const Point& p) { return p.x < 0; }) || all([&](const Point& p) { return p.x > right; }) ||
         all([](const Point& p) { return p.y < 0; }) || all([&](const Point& p) { return p.y > bottom; });
}

// The smallest convex polygon around the corners that are numbers, inside the image: what is masked where a label makes no sense.
inline Polygon hull_of(Polygon polygon, const cv::Size& size) {
  std::erase_if(polygon, [](const Point& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
  if (polygon.empty()) return polygon;
  move_inside(polygon, size);
  Polygon hull;
  cv::convexHull(polygon, hull);
  return hull;
}

// Why the polygon cannot be learnt from, or null.
inline std::int64_t TargetReport::*flaw_of(const Polygon& polygon) {
  if (!finite(polygon)) return &TargetReport::not_finite;
  if (polygon.size() > kMostCorners) return &TargetReport::too_many_corners;
  if (!polygon.empty() && !drawable(polygon)) return &TargetReport::too_far;
  if (distinct_corners(polygon) < 3) return &TargetReport::too_few_corners;
  // Before the area: the lobes of a bow-tie cancel.
  if (crosses_itself(polygon)) return &TargetReport::crosses_itself;
  if (area(polygon) < 1) return &TargetReport::no_area;
  return nullptr;
}

// The reference's own test: boxes without "area" are ignored, the direction of the others is made the same.
inline void reference_check(TextAnnotation& text, const cv::Size& size, TargetForm form) {
  move_inside(text.polygon, size);
  double sum = 0;
  for (std::size_t i = 0; i < text.polygon.size(); ++i) {
    const cv::Point2d step = text.polygon[(i + 1) % text.polygon.size()] - text.polygon[i];
    sum += step.x * step.y / 2;
  }
  if (form == TargetForm::reference_shoelace) sum = -signed_area(text.polygon);
  if (std::abs(sum) < 1) text.ignore = true;
  if (sum > 0) std::reverse(text.polygon.begin(), text.polygon.end());
}

}  // namespace detail

/// The texts of `page` that can be drawn. Unusable polygons are counted in `report` and become ignored regions: their convex hull inside
/// the image. What lies beside the image is left out. Throws Error only for an image without size.
inline PageAnnotation clean_annotations(const PageAnnotation& page, OutsideCorners outside, TargetReport& report,
                                        TargetForm form = TargetForm::corrected) {
  detail::check_size(page.size);
  PageAnnotation out{page.size, {}};
  out.texts.reserve(page.texts.size());
  for (const TextAnnotation& text : page.texts) {
    ++report.texts;
    TextAnnotation clean = text;
    if (form != TargetForm::corrected) {
      if (!detail::drawable(text.polygon)) continue;  // the reference would stop here
      if (outside == OutsideCorners::move_to_edge) detail::reference_check(clean, page.size, form);
      report.ignored += clean.ignore;
      out.texts.push_back(std::move(clean));
      continue;
    }
    auto flaw = detail::flaw_of(text.polygon);
    const bool beside = detail::beside(text.polygon, page.size);
    if (flaw == nullptr && beside) {
      ++report.outside;
      continue;
    }
    if (flaw != nullptr)
      clean.polygon = detail::hull_of(std::move(clean.polygon), page.size);
    else if (outside == OutsideCorners::move_to_edge)
      detail::move_inside(clean.polygon, page.size);
    if (flaw == nullptr && area(clean.polygon) < 1) flaw = &TargetReport::no_area;
    if (text.ignore)
      ++report.ignored;
    else if (flaw != nullptr)
      ++(report.*flaw);
    clean.ignore = text.ignore || flaw != nullptr;
    if (!clean.polygon.empty() && !beside) out.texts.push_back(std::move(clean));
  }
  return out;
}

}  // namespace scriba::target
