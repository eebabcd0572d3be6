#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/polygon.hpp>

namespace scriba::target {

using StripPoint = cv::Point2d;
using StripQuad = std::array<StripPoint, 4>;  ///< upper left, upper right, lower right, lower left, as one reads

inline double length(const StripPoint& v) { return std::hypot(v.x, v.y); }

/// A text line as pairs of points: where its upper and its lower side are at the same place of the line. At least two pairs.
struct TextStrip {
  std::vector<StripPoint> upper, lower;  ///< of the same length, in reading direction

  /// The outline: along the upper side, back along the lower one.
  std::vector<StripPoint> ring() const {
    std::vector<StripPoint> out(upper);
    out.insert(out.end(), lower.rbegin(), lower.rend());
    return out;
  }
  std::size_t quads() const { return upper.size() - 1; }
  StripQuad quad(std::size_t i) const { return {upper[i], upper[i + 1], lower[i + 1], lower[i]}; }
};

/// Reads a polygon's corners as a strip: corner i faces corner n - 1 - i.
///
/// With an odd number of corners one side has one more: the shorter of the two edges in the middle is taken for the end of the line, and
/// the side with fewer corners gets one in the middle of its longest edge. Three corners or more.
inline TextStrip strip_of(std::span<const Point> polygon, double scale) {
  std::vector<StripPoint> ring;
  for (const Point& p : polygon) ring.emplace_back(p.x * scale, p.y * scale);
  if (const std::size_t n = ring.size(), m = n / 2; n % 2 == 1) {
    const bool upper_is_shorter = length(ring[m] - ring[m - 1]) < length(ring[m + 1] - ring[m]);
    // Edges i -> i + 1 of that side; a side of one corner has none, and its corner is doubled.
    std::size_t longest = upper_is_shorter ? 0 : m + 1;
    const std::size_t end = upper_is_shorter ? m - 1 : n - 1;
    for (std::size_t i = longest; i < end; ++i)
      if (length(ring[i + 1] - ring[i]) > length(ring[longest + 1] - ring[longest])) longest = i;
    const StripPoint middle = longest < end ? (ring[longest] + ring[longest + 1]) * 0.5 : ring[longest];
    ring.insert(ring.begin() + static_cast<std::ptrdiff_t>(longest + 1), middle);
  }
  const auto half = static_cast<std::ptrdiff_t>(ring.size() / 2);
  return {{ring.begin(), ring.begin() + half}, {ring.rbegin(), ring.rbegin() + half}};
}

/// The same line read the other way round, for corners that run anticlockwise: upper and lower side keep facing each other.
inline void turn_around(TextStrip& strip) {
  std::reverse(strip.upper.begin(), strip.upper.end());
  std::reverse(strip.lower.begin(), strip.lower.end());
}

/// The middle of the line: `ratio` of its height, half of it on either side.
inline TextStrip centre_strip(const TextStrip& strip, double ratio) {
  const float upper = static_cast<float>(0.5 - ratio / 2),
              lower = static_cast<float>(0.5 + ratio / 2);  // single precision, like the reference
  TextStrip out = strip;
  for (std::size_t i = 0; i < strip.upper.size(); ++i) {
    const StripPoint down = strip.lower[i] - strip.upper[i];
    out.upper[i] = strip.upper[i] + down * static_cast<double>(upper);
    out.lower[i] = strip.upper[i] + down * static_cast<double>(lower);
  }
  return out;
}

/// One quad of a strip, and which.
struct StripPart {
  StripQuad quad;
  std::size_t index{};
};

/// The quads of a centre strip without its two ends: `ratio` of the line's height is cut off at each, measured along the upper side. The
/// height is the strip's own times `heights`, at the end where the line is lower; never more than the length of the line.
inline std::vector<StripPart> without_ends(const TextStrip& strip, double ratio, double heights) {
  const std::size_t n = strip.quads();
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) total += length(strip.upper[i + 1] - strip.upper[i]);
  const double first_height = length(strip.upper[0] - strip.lower[0]) * heights,
               last_height = length(strip.upper[n] - strip.lower[n]) * heights;
  const double cut = std::min({first_height, last_height, total}) * ratio;

  // In which quad a place of the upper side lies, and where in it.
  struct Place {
    std::size_t quad;
    float along;
  };
  const auto place = [&](double at) {
    for (std::size_t i = 0; i < n; ++i) {
      const double edge = length(strip.upper[i + 1] - strip.upper[i]);
      if (at - edge <= 1e-6 || i + 1 == n) return Place{i, edge > 0 ? static_cast<float>(at / edge) : 0.f};
      at -= edge;
    }
    return Place{n - 1, 1.f};
  };
  const Place start = place(cut), end = place(total - cut);
  std::vector<StripPart> out;
  for (std::size_t i = start.quad; i <= end.quad; ++i) {
    const double from = i == start.quad ? start.along : 0, to = i == end.quad ? end.along : 1;
    const auto [a, b, c, d] = strip.quad(i);
    out.push_back({{a + (b - a) * from, a + (b - a) * to, d + (c - d) * to, d + (c - d) * from}, i});
  }
  return out;
}

/// A line's box: its own corners when it has four, else the smallest rectangle of any direction, turned so that corner 0 is where the text
/// starts.
struct StripBox {
  StripQuad corner;
  StripPoint centre;

  double height() const { return (length(corner[0] - corner[3]) + length(corner[1] - corner[2])) / 2; }
  double width() const { return (length(corner[0] - corner[1]) + length(corner[2] - corner[3])) / 2; }
  double shorter() const { return std::min(height(), width()); }
};

inline StripBox box_of(const TextStrip& strip) {
  if (strip.quads() == 1) {
    const StripQuad quad = strip.quad(0);
    return {quad, (quad[0] + quad[1] + quad[2] + quad[3]) * 0.25};
  }
  // Of corners cut to whole pixels, like the reference's.
  std::vector<cv::Point> pixels;
  for (const StripPoint& p : strip.ring()) pixels.emplace_back(static_cast<int>(p.x), static_cast<int>(p.y));
  const cv::RotatedRect rectangle = cv::minAreaRect(pixels);
  std::array<Point, 4> corner;
  rectangle.points(corner.data());
  const StripQuad ends{strip.upper.front(), strip.upper.back(), strip.lower.back(), strip.lower.front()};
  std::size_t first = 0;
  double nearest = 0;
  for (std::size_t turn = 0; turn < 4; ++turn) {
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += length(StripPoint(corner[(turn + i) % 4]) - ends[i]);
    if (turn == 0 || sum < nearest) first = turn, nearest = sum;
  }
  StripBox box{{}, rectangle.center};
  for (std::size_t i = 0; i < 4; ++i) box.corner[i] = corner[(first + i) % 4];
  return box;
}

/// Text that runs downwards starts at its second corner: quads whose sides are 1.5 times longer than their top, and lines whose second
/// upper edge turns by more than 70 degrees.
inline TextStrip level_start(const TextStrip& strip) {
  std::vector<StripPoint> ring = strip.ring();
  const std::size_t n = ring.size();
  bool tall;
  if (n == 4) {
    const auto side = [&](std::size_t i) { return length(ring[i] - ring[(i + 1) % 4]); };
    tall = (side(0) + side(2)) * 1.5 < side(1) + side(3);
  } else {
    const StripPoint first = ring[0] - ring[1], second = ring[1] - ring[2];
    const double cosine = first.dot(second) / (length(first) * length(second) + 1e-6);
    tall = std::acos(std::clamp(std::nearbyint(cosine * 1e4) / 1e4, -1.0, 1.0)) > 70.0 / 180 * std::numbers::pi;
  }
  if (!tall) return strip;
  std::rotate(ring.begin(), ring.begin() + 1, ring.end());
  const auto half = static_cast<std::ptrdiff_t>(n / 2);
  return {{ring.begin(), ring.begin() + half}, {ring.rbegin(), ring.rbegin() + half}};
}

}  // namespace scriba::target
