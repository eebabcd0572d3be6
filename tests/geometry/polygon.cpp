#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/polygon_score.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <numbers>
#include <random>

using namespace scriba;

TEST_CASE("area, perimeter and bounds of a rectangle") {
  const Polygon box{{10, 20}, {50, 20}, {50, 30}, {10, 30}};
  CHECK(signed_area(box) == 400);  // clockwise as seen
  CHECK(area(Polygon{box.rbegin(), box.rend()}) == 400);
  CHECK(perimeter(box) == 100);
  CHECK(pixel_bounds(box) == cv::Rect(10, 20, 40, 10));
  CHECK(offset_distance(box, 1.5) == doctest::Approx(6));
  CHECK(offset_distance(Polygon{}, 1.5) == 0);
  CHECK(offset_distance(Polygon{{1, 1}, {1, 1}}, 1.5) == 0);
}

TEST_CASE("growing a rectangle in floating point adds a band with round corners") {
  const Polygon box{{10, 20}, {50, 20}, {50, 30}, {10, 30}};
  for (const bool reversed : {false, true}) {
    const auto grown = offset(reversed ? Polygon{box.rbegin(), box.rend()} : box, 5);
    REQUIRE(grown.size() == 1);
    const double exact = 400 + 5 * 100 + std::numbers::pi * 25;
    CHECK(area(grown[0]) == doctest::Approx(exact).epsilon(0.01));
    CHECK(pixel_bounds(grown[0]) == cv::Rect(5, 15, 50, 20));
  }
  CHECK(offset(box, -6).empty());  // shrunk away
  CHECK(offset(box, -2).size() == 1);
}

TEST_CASE("a dumbbell shrinks into two, a bow-tie grows as its hull, nothing throws") {
  const Polygon dumbbell{{0, 0}, {20, 0}, {20, 9}, {40, 9}, {40, 0}, {60, 0}, {60, 20}, {40, 20}, {40, 11}, {20, 11}, {20, 20}, {0, 20}};
  CHECK(offset(dumbbell, -4).size() == 2);
  CHECK(offset(Polygon{{0, 0}, {40, 20}, {40, 0}, {0, 21}}, 3).size() == 1);
  CHECK(offset(Polygon{{0, 0}, {10, 10}, {20, 20}}, 3).empty());
  CHECK(offset(Polygon{{0, 0}, {10, 0}}, 3).empty());
  CHECK(offset(Polygon{{0, 0}, {10, 0}, {std::numeric_limits<float>::quiet_NaN(), 4}}, 3).empty());
}

TEST_CASE("random polygons: growing never throws, and covers at least the hull of what it grew") {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> place(0, 100);
  std::uniform_int_distribution<int> corners(0, 9);
  for (int i = 0; i < 400; ++i) {
    Polygon polygon;
    for (int n = corners(random); n > 0; --n) polygon.emplace_back(place(random), place(random));
    for (const double distance : {-3.0, 0.0, 2.5, 40.0}) {
      const auto pieces = offset(polygon, distance);
      double sum = 0;
      for (const auto& piece : pieces) sum += area(piece);
      Polygon hull;
      if (!polygon.empty()) cv::convexHull(polygon, hull);
      // What winds around itself twice counts twice in the shoelace formula; the hull is the most it can cover.
      if (distance > 0 && pieces.size() == 1) CHECK(sum >= std::min(area(polygon), area(hull)) * 0.99);
    }
    const auto whole = grow_in_whole_pixels(polygon, 3);
    for (const Point& p : whole) CHECK(p.x == std::round(p.x));
  }
}

TEST_CASE("whole-pixel growing needs a ring with area") {
  CHECK(grow_in_whole_pixels(Polygon{}, 3).empty());
  CHECK(grow_in_whole_pixels(Polygon{{0, 0}, {9, 9}, {18, 18}}, 3).empty());
  CHECK(grow_in_whole_pixels(Polygon{{0.2f, 0.3f}, {0.9f, 0.1f}, {0.5f, 0.6f}}, 3).empty());  // all cut to (0, 0)
  CHECK(grow_in_whole_pixels(Polygon{{0, 0}, {30, 0}, {30, 10}, {0, 10}}, 0).empty());
}

TEST_CASE("corners are put in order whichever way they come") {
  const Quad upright{Point(10, 10), Point(60, 12), Point(59, 32), Point(9, 30)};
  std::array<Point, 4> shuffled = upright;
  std::sort(shuffled.begin(), shuffled.end(), [](auto a, auto b) { return a.y < b.y; });
  do {
    CHECK(ordered_corners(shuffled, CornerOrder::by_x) == upright);
    CHECK(ordered_corners(shuffled, CornerOrder::by_angle) == upright);
  } while (std::next_permutation(shuffled.begin(), shuffled.end(), [](auto a, auto b) { return a.y < b.y; }));
}

TEST_CASE("a slanted tall box keeps its corners clockwise by angle") {
  const Quad quad = ordered_corners({Point(50, 10), Point(60, 12), Point(30, 112), Point(20, 110)}, CornerOrder::by_angle);
  CHECK(signed_area(quad) > 0);
  CHECK(quad[0] == Point(50, 10));
}

TEST_CASE("the smallest rectangle of a rotated one is that one") {
  const auto box = min_area_quad(Polygon{{20, 0}, {60, 40}, {40, 60}, {0, 20}, {30, 30}});
  CHECK(box.short_side == doctest::Approx(std::hypot(20, 20)).epsilon(1e-3));
  CHECK(box.long_side == doctest::Approx(std::hypot(40, 40)).epsilon(1e-3));
  CHECK(min_area_quad(Polygon{{3, 4}}).long_side == 0);
}

TEST_CASE("the score of a polygon is the mean of the pixels in it, as counted one by one") {
  cv::Mat_<float> map(40, 60);
  cv::randu(map, 0.f, 1.f);
  cv::Mat scratch;
  std::mt19937 random(9);
  std::uniform_real_distribution<float> x(-20, 80), y(-20, 60);
  for (int i = 0; i < 100; ++i) {
    const Polygon polygon{{x(random), y(random)}, {x(random), y(random)}, {x(random), y(random)}, {x(random), y(random)}};
    // The plain way: one mask of the map's size. Corners are cut relative to the clamped corner of the bounds, as the fast way does.
    const cv::Rect bounds = pixel_bounds(polygon);
    const int left = std::clamp(bounds.x, 0, 59), top = std::clamp(bounds.y, 0, 39);
    const int right = std::clamp(bounds.x + bounds.width, 0, 59), bottom = std::clamp(bounds.y + bounds.height, 0, 39);
    cv::Mat mask = cv::Mat::zeros(map.size(), CV_8UC1);
    std::vector<cv::Point> corners;
    for (const Point& p : polygon)
      corners.emplace_back(left + static_cast<int>(p.x - static_cast<float>(left)), top + static_cast<int>(p.y - static_cast<float>(top)));
    cv::fillPoly(mask, corners, cv::Scalar(1));
    double sum = 0;
    int count = 0;
    for (int r = top; r <= bottom; ++r)
      for (int c = left; c <= right; ++c)
        if (mask.at<unsigned char>(r, c)) sum += static_cast<double>(map(r, c)), ++count;
    CHECK(polygon_score(map, polygon, scratch) == doctest::Approx(count ? sum / count : 0).epsilon(1e-5));
  }
  map(20, 30) = std::numeric_limits<float>::infinity();
  CHECK(polygon_score(map, Polygon{{0, 0}, {59, 0}, {59, 39}, {0, 39}}, scratch) == 0);
  CHECK(polygon_score(map, Polygon{}, scratch) == 0);
  CHECK(polygon_score(cv::Mat_<float>(), Polygon{{0, 0}, {5, 0}, {5, 5}}, scratch) == 0);
}
