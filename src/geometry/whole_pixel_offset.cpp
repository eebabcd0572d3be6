// Offsets in whole pixels: the walk around the polygon (detail::clipper_outline) crosses and overlaps itself; what it goes around at least
// once, forwards, is the result. Vatti's and Clipper's sweep finds that region; here the walk is taken apart at its crossings instead.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/offset.hpp>

namespace scriba {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// A corner of the walk, or one of the two times that it passes a crossing.
struct Stop {
  cv::Point2d at;
  Point pixel;                  // the same in whole pixels
  std::size_t edge;             // the edge of the walk that goes on from here
  double along;                 // 0..1 on that edge
  std::size_t crossing{kNone};  // number of the crossing
  std::size_t other{kNone};     // the other time the walk passes it
};

// Half a pixel goes away from zero, as everywhere in Clipper.
Point whole(const cv::Point2d& p) { return {static_cast<float>(std::round(p.x)), static_cast<float>(std::round(p.y))}; }

// Where the lines through two pairs of pixels meet, rounded in Clipper's steps: ties fall as they do there.
Point whole_pixel_crossing(cv::Point2d a, cv::Point2d b, cv::Point2d c, cv::Point2d d) {
  if (a.y < b.y) std::swap(a, b);  // from the bottom to the top
  if (c.y < d.y) std::swap(c, d);
  if (a.y == b.y && c.y == d.y) return whole(c);
  if (c.y == d.y) std::swap(a, c), std::swap(b, d);
  const double other_run = (d.x - c.x) / (d.y - c.y);  // columns to the right for a row down
  if (a.y == b.y) return whole({c.x + std::round(other_run * (a.y - c.y)), a.y});
  const double run = (b.x - a.x) / (b.y - a.y);
  if (run == other_run) return whole(c);
  if (run == 0) return whole({a.x, a.x / other_run + (c.y - c.x / other_run)});
  if (other_run == 0) return whole({c.x, c.x / run + (a.y - a.x / run)});
  const double base = a.x - a.y * run, other_base = c.x - c.y * other_run, y = (other_base - base) / (run - other_run);
  return whole({std::abs(run) < std::abs(other_run) ? run * y + base : other_run * y + other_base, y});
}

std::vector<Stop> stops_of(const std::vector<cv::Point2d>& walk) {
  const std::size_t n = walk.size();
  std::vector<Stop> stops;
  for (std::size_t i = 0; i < n; ++i) stops.push_back({walk[i], whole(walk[i]), i, 0});
  std::size_t crossings = 0;
  for (std::size_t i = 0; i + 2 < n; ++i) {
    const cv::Point2d &a = walk[i], &b = walk[i + 1], u = b - a;
    const auto [left, right] = std::minmax(a.x, b.x);
    const auto [top, bottom] = std::minmax(a.y, b.y);
    for (std::size_t j = i + 2; j < (i == 0 ? n - 1 : n); ++j) {
      const cv::Point2d &c = walk[j], &d = walk[j + 1 == n ? 0 : j + 1];
      if ((c.x < left && d.x < left) || (c.x > right && d.x > right) || (c.y < top && d.y < top) || (c.y > bottom && d.y > bottom))
        continue;
      const cv::Point2d v = d - c, gap = c - a;
      const double cross = u.cross(v);
      if (cross == 0) continue;
      const double s = gap.cross(v) / cross, t = gap.cross(u) / cross;
      if (s <= 0 || s >= 1 || t <= 0 || t >= 1) continue;
      const Point pixel = whole_pixel_crossing(whole(a), whole(b), whole(c), whole(d));
      stops.push_back({a + u * s, pixel, i, s, crossings});
      stops.push_back({a + u * s, pixel, j, t, crossings});
      ++crossings;
    }
  }
  std::sort(stops.begin(), stops.end(),
            [](const Stop& a, const Stop& b) { return a.edge != b.edge ? a.edge < b.edge : a.along < b.along; });
  std::vector<std::size_t> first(crossings, kNone);
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].crossing == kNone) continue;
    std::size_t& seen = first[stops[i].crossing];
    if (seen == kNone)
      seen = i;
    else
      stops[i].other = seen, stops[seen].other = i;
  }
  return stops;
}

// How many times the walk goes around the ground just inside of `at`, a point on edge `own`: on the side where a clockwise loop has its
// inside. Counts what a ray to the right meets; `own` must not be level.
int times_around(const std::vector<cv::Point2d>& walk, const cv::Point2d& at, std::size_t own) {
  const std::size_t n = walk.size();
  int times = walk[own].y < walk[own + 1 == n ? 0 : own + 1].y ? 1 : 0;
  for (std::size_t i = 0; i < n; ++i) {
    const cv::Point2d &a = walk[i], &b = walk[i + 1 == n ? 0 : i + 1];
    if (i == own || (a.y <= at.y) == (b.y <= at.y)) continue;
    const double side = (b - a).cross(at - a);
    if (a.y <= at.y && side > 0) ++times;
    if (a.y > at.y && side < 0) --times;
  }
  return times;
}

// Drops repeated points and points on straight lines; everything when no area is left.
void simplify(Polygon& out) {
  for (bool changed = true; changed && out.size() >= 3;) {
    changed = false;
    for (std::size_t i = 0; i < out.size() && out.size() >= 3;) {
      const cv::Point2d before = out[i == 0 ? out.size() - 1 : i - 1], here = out[i], after = out[i + 1 == out.size() ? 0 : i + 1];
      if ((here - before).cross(after - here) == 0) {
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
        changed = true;
      } else {
        ++i;
      }
    }
  }
  if (out.size() < 3 || signed_area(out) == 0) out.clear();
}

// Outer outlines of the region that the walk goes around at least once.
//
// At every crossing the walk is made to turn onto the other branch. That leaves loops that touch but do not cross, and along a loop the
// number of times around is constant on either side: the outlines are the loops with one inside and none outside.
std::vector<Polygon> outlines(const std::vector<cv::Point2d>& walk) {
  const std::vector<Stop> stops = stops_of(walk);
  std::vector<bool> used(stops.size(), false);
  std::vector<Polygon> out;
  Polygon loop;
  for (std::size_t start = 0; start < stops.size(); ++start) {
    if (used[start]) continue;
    loop.clear();
    double steepest = 0;
    std::size_t probe = kNone;
    for (std::size_t i = start; !used[i];) {
      used[i] = true;
      loop.push_back(stops[i].pixel);
      const std::size_t next = i + 1 == stops.size() ? 0 : i + 1;
      if (const double rise = std::abs(stops[next].at.y - stops[i].at.y); rise > steepest) steepest = rise, probe = i;
      i = stops[next].other == kNone ? next : stops[next].other;
    }
    if (probe == kNone) continue;
    simplify(loop);
    if (loop.empty() || signed_area(loop) < 0) continue;  // nothing, or a hole
    const std::size_t next = probe + 1 == stops.size() ? 0 : probe + 1;
    if (times_around(walk, (stops[probe].at + stops[next].at) * 0.5, stops[probe].edge) == 1) out.push_back(loop);
  }
  return out;
}

}  // namespace

std::vector<Polygon> offset_in_whole_pixels(std::span<const Point> polygon, double distance) {
  if (!finite(polygon)) return {};
  std::vector<cv::Point2d> walk = detail::clipper_outline(polygon, distance);
  // Clipper rounds here. The hair's breadth beside keeps crossings away from corners and lines off each other.
  for (std::size_t i = 0; i < walk.size(); ++i) {
    const double hair = 1e-6 * std::sin(static_cast<double>(7 * i + 1)), other_hair = 1e-6 * std::sin(static_cast<double>(11 * i + 2));
    walk[i] = {std::round(walk[i].x) + hair, std::round(walk[i].y) + other_hair};
  }
  if (walk.size() < 3) return {};
  std::vector<Polygon> out = outlines(walk);
  const auto lowest = [](const Polygon& piece) {
    const cv::Rect bounds = pixel_bounds(piece);
    return std::array{-bounds.br().y, bounds.x};
  };
  std::sort(out.begin(), out.end(), [&](const Polygon& a, const Polygon& b) { return lowest(a) < lowest(b); });
  return out;
}

}  // namespace scriba
