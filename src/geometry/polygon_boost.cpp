// What Boost.Geometry does for us. Compiled once: its templates take longer to compile than everything else in a user's file together.
#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/geometry.hpp>
#include <boost/geometry/geometries/multi_polygon.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>

#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/offset.hpp>

namespace scriba {
namespace {

namespace bg = boost::geometry;
using BoostPoint = bg::model::d2::point_xy<double>;
using BoostPolygon = bg::model::polygon<BoostPoint, /*ClockWise=*/true, /*Closed=*/true>;
using BoostPolygons = bg::model::multi_polygon<BoostPolygon>;

// Closed, without repeated points, in Boost's orientation.
BoostPolygon to_boost(std::span<const Point> polygon) {
  BoostPolygon out;
  for (const Point& p : polygon) bg::append(out.outer(), BoostPoint(p.x, p.y));
  bg::correct(out);
  bg::unique(out);
  return out;
}

Polygon from_boost(const BoostPolygon& polygon) {
  Polygon out;
  for (const BoostPoint& p : polygon.outer()) out.emplace_back(static_cast<float>(p.x()), static_cast<float>(p.y()));
  if (out.size() > 1) out.pop_back();  // the closing point
  return out;
}

// Where two segments cross inside both, or nothing.
bool crossing(const BoostPoint& a, const BoostPoint& b, const BoostPoint& c, const BoostPoint& d, BoostPoint& at) {
  const double ux = b.x() - a.x(), uy = b.y() - a.y(), vx = d.x() - c.x(), vy = d.y() - c.y();
  const double cross = ux * vy - uy * vx;
  if (cross == 0) return false;
  const double s = ((c.x() - a.x()) * vy - (c.y() - a.y()) * vx) / cross, t = ((c.x() - a.x()) * uy - (c.y() - a.y()) * ux) / cross;
  if (s <= 0 || s >= 1 || t <= 0 || t >= 1) return false;
  at = BoostPoint(a.x() + s * ux, a.y() + s * uy);
  return true;
}

// A ring that crosses itself as rings that do not, each in the direction it was walked: at every crossing the ring falls into two.
std::vector<std::vector<BoostPoint>> simple_loops(std::vector<BoostPoint> ring) {
  std::vector<std::vector<BoostPoint>> open{std::move(ring)}, loops;
  // A ring of n edges has fewer than n^2 crossings; rounding must not make more.
  std::size_t splits = open[0].size() * open[0].size();
  while (!open.empty()) {
    auto points = std::move(open.back());
    open.pop_back();
    if (points.size() > 1 && bg::equals(points.front(), points.back())) points.pop_back();
    const std::size_t n = points.size();
    bool split = false;
    for (std::size_t i = 0; i < n && !split && splits > 0; ++i)
      for (std::size_t j = i + 2; j < n && !split; ++j) {
        if (i == 0 && j + 1 == n) continue;
        BoostPoint at;
        if (!crossing(points[i], points[i + 1], points[j], points[(j + 1) % n], at)) continue;
        std::vector<BoostPoint> inner{at}, outer{at};
        for (std::size_t k = i + 1; k <= j; ++k) inner.push_back(points[k]);
        for (std::size_t k = j + 1; k < n + i + 1; ++k) outer.push_back(points[k % n]);
        open.push_back(std::move(inner));
        open.push_back(std::move(outer));
        split = true;
        --splits;
      }
    if (!split && n >= 3) loops.push_back(std::move(points));
  }
  return loops;
}

// A polygon under the even-odd rule: loops that cover the same ground cancel.
BoostPolygons even_odd(std::span<const Point> polygon) {
  BoostPolygon ring = to_boost(polygon);
  BoostPolygons out;
  if (bg::is_valid(ring)) {
    out.push_back(std::move(ring));
    return out;
  }
  for (const auto& loop : simple_loops({ring.outer().begin(), ring.outer().end()})) {
    BoostPolygon piece;
    for (const auto& p : loop) bg::append(piece.outer(), p);
    bg::correct(piece);
    BoostPolygons joined;
    bg::sym_difference(out, piece, joined);
    out = std::move(joined);
  }
  return out;
}

bool has_extent(std::span<const Point> polygon) { return polygon.size() >= 3 && finite(polygon); }

double shared_area(const BoostPolygons& a, const BoostPolygons& b) {
  BoostPolygons shared;
  bg::intersection(a, b, shared);
  // Rings that touch or overlap themselves along edges can confuse the overlay; no overlap is larger than either side.
  return std::clamp(bg::area(shared), 0.0, std::min(bg::area(a), bg::area(b)));
}

// Round joins with this many points on a full circle.
std::vector<Polygon> buffered(std::span<const Point> polygon, double distance, std::size_t points_per_circle) {
  if (!has_extent(polygon) || area(polygon) < 1e-3 || !std::isfinite(distance)) return {};
  BoostPolygon ring = to_boost(polygon);
  if (!bg::is_valid(ring)) {
    BoostPolygon hull;
    bg::convex_hull(ring, hull);
    ring = std::move(hull);
  }
  BoostPolygons grown;
  bg::buffer(ring, grown, bg::strategy::buffer::distance_symmetric<double>(distance), bg::strategy::buffer::side_straight(),
             bg::strategy::buffer::join_round(points_per_circle), bg::strategy::buffer::end_round(points_per_circle),
             bg::strategy::buffer::point_circle(points_per_circle));
  std::vector<Polygon> out;
  for (const auto& piece : grown) out.push_back(from_boost(piece));
  return out;
}

}  // namespace

// 16 points a circle stay within 2 % of the circle's radius, and cost half of what 36 do.
std::vector<Polygon> offset(std::span<const Point> polygon, double distance) { return buffered(polygon, distance, 16); }

double intersection_area(std::span<const Point> a, std::span<const Point> b) {
  if (!has_extent(a) || !has_extent(b) || (pixel_bounds(a) & pixel_bounds(b)).empty()) return 0;
  return shared_area(even_odd(a), even_odd(b));
}

double iou(std::span<const Point> a, std::span<const Point> b) {
  if (!has_extent(a) || !has_extent(b) || (pixel_bounds(a) & pixel_bounds(b)).empty()) return 0;
  const BoostPolygons x = even_odd(a), y = even_odd(b);
  const double shared = shared_area(x, y), united = bg::area(x) + bg::area(y) - shared;
  return united > 0 ? shared / united : 0;
}

}  // namespace scriba
