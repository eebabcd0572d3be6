#include <scriba/geometry/iou.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

using namespace scriba;

TEST_CASE("intersection over union of boxes") {
  const Polygon a{{0, 0}, {10, 0}, {10, 10}, {0, 10}}, b{{5, 0}, {15, 0}, {15, 10}, {5, 10}}, far{{50, 50}, {60, 50}, {60, 60}, {50, 60}};
  CHECK(intersection_area(a, b) == doctest::Approx(50));
  CHECK(iou(a, b) == doctest::Approx(50.0 / 150));
  CHECK(iou(a, a) == doctest::Approx(1));
  CHECK(iou(a, Polygon{a.rbegin(), a.rend()}) == doctest::Approx(1));
  CHECK(iou(a, far) == 0);
  CHECK(iou(a, Polygon{{10, 0}, {20, 0}, {20, 10}, {10, 10}}) == 0);  // touching
}

TEST_CASE("a bow-tie counts by the even-odd rule") {
  const Polygon bow{{0, 0}, {10, 10}, {10, 0}, {0, 10}}, box{{0, 0}, {10, 0}, {10, 10}, {0, 10}};
  CHECK(intersection_area(bow, box) == doctest::Approx(50));
}

TEST_CASE("degenerate polygons have no overlap and never throw") {
  const Polygon box{{0, 0}, {10, 0}, {10, 10}, {0, 10}};
  CHECK(iou(box, Polygon{}) == 0);
  CHECK(iou(box, Polygon{{1, 1}, {2, 2}}) == 0);
  CHECK(iou(box, Polygon{{1, 1}, {2, 2}, {3, 3}}) == doctest::Approx(0));
  CHECK(iou(box, Polygon{{1, 1}, {std::numeric_limits<float>::infinity(), 2}, {3, 3}}) == 0);
  std::mt19937 random(3);
  std::uniform_int_distribution<int> place(0, 12);  // a coarse grid makes collinear edges and repeated points likely
  for (int i = 0; i < 500; ++i) {
    Polygon a, b;
    for (int k = 0; k < 6; ++k) {
      a.emplace_back(static_cast<float>(place(random)), static_cast<float>(place(random)));
      b.emplace_back(static_cast<float>(place(random)), static_cast<float>(place(random)));
    }
    const double value = iou(a, b);
    CHECK(value >= 0);
    CHECK(value <= 1.0001);
  }
}
