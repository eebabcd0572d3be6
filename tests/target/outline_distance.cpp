#include <scriba/target/outline_distance.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace scriba;
using namespace scriba::target;

namespace {

// Distance from p to the nearest point of the outline, by projecting on each edge.
double plain_distance(const Point& p, const Polygon& polygon) {
  double nearest = 1e30;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const cv::Point2d a = polygon[i], edge = cv::Point2d(polygon[(i + 1) % polygon.size()]) - a, to = cv::Point2d(p) - a;
    const double square = edge.dot(edge), along = square > 0 ? std::clamp(to.dot(edge) / square, 0.0, 1.0) : 0;
    const cv::Point2d gap = to - edge * along;
    nearest = std::min(nearest, std::hypot(gap.x, gap.y));
  }
  return nearest;
}

}  // namespace

TEST_CASE("every pixel holds the distance to the nearest edge, as measured one by one") {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> x(-30, 90), y(-30, 70), radius(0.5f, 30);
  std::uniform_int_distribution<int> corners(1, 9);
  for (int i = 0; i < 200; ++i) {
    Polygon polygon;
    for (int n = corners(random); n > 0; --n) polygon.emplace_back(x(random), y(random));
    if (i % 3 == 0)  // level and upright edges, repeated corners
      polygon = {{x(random), 20}, {60, 20}, {60, 20}, {60, y(random)}, {polygon[0].x, y(random)}};
    const double reach = radius(random);
    cv::Mat_<float> map(50, 70, 1.f);
    lower_to_outline(map, polygon, reach);
    double worst = 0;
    for (int r = 0; r < map.rows; ++r)
      for (int c = 0; c < map.cols; ++c) {
        const double expected = std::min(plain_distance(Point(static_cast<float>(c), static_cast<float>(r)), polygon) / reach, 1.0);
        worst = std::max(worst, std::abs(std::sqrt(static_cast<double>(map(r, c))) - expected));
      }
    INFO("polygon ", i, ", radius ", reach);
    CHECK(worst < 2e-4 + 2e-5 / reach);
  }
}

TEST_CASE("several texts: the nearest counts, and nothing rises") {
  cv::Mat_<float> map(20, 20, 1.f);
  const Polygon left{{2, 2}, {8, 2}, {8, 8}, {2, 8}}, right{{12, 2}, {18, 2}, {18, 8}, {12, 8}};
  lower_to_outline(map, left, 4);
  lower_to_outline(map, right, 4);
  CHECK(map(5, 9) == doctest::Approx(1 / 16.0));
  CHECK(map(5, 11) == doctest::Approx(1 / 16.0));
  CHECK(map(5, 10) == doctest::Approx(4 / 16.0));
  CHECK(map(19, 10) == 1);
  lower_to_outline(map, {}, 4);
  CHECK(map(19, 10) == 1);
}

TEST_CASE("by the reference's rule a sharp angle measures to the end of the edge") {
  cv::Mat_<float> exact(40, 60, 1.f), by_angle(40, 60, 1.f);
  const Polygon flat{{10, 20}, {30, 20}, {30, 21}, {10, 21}};
  lower_to_outline(exact, flat, 15);
  lower_to_outline_by_angle(by_angle, flat, 15, cv::Rect(0, 0, 60, 40));
  // 13 pixels above the edge's middle: the ends are 10 to either side, the angle is below 90 degrees.
  CHECK(exact(7, 20) == doctest::Approx(169 / 225.0));
  CHECK(by_angle(7, 20) == doctest::Approx(1));  // (13^2 + 10^2) / 15^2 is more than 1
  CHECK(by_angle(15, 20) == doctest::Approx(exact(15, 20)));
  CHECK(by_angle(20, 10) == 0);
  lower_to_outline_by_angle(by_angle, flat, 15, cv::Rect(-100, -100, 20, 20));  // beside the map: nothing to do
}
