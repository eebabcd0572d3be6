#include <scriba/geometry/simple.hpp>

#include <doctest/doctest.h>

using namespace scriba;

TEST_CASE("bow-ties cross themselves, sound polygons do not") {
  CHECK(crosses_itself(Polygon{{0, 0}, {40, 20}, {40, 0}, {0, 20}}));
  CHECK(crosses_itself(Polygon{{0, 0}, {10, 10}, {0, 10}, {10, 0}, {5, 30}}));
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {40, 0}, {40, 20}, {0, 20}}));
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {40, 0}, {20, 5}, {40, 20}, {0, 20}}));  // concave
}

TEST_CASE("touching is not crossing") {
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {20, 20}, {40, 0}, {40, 40}, {20, 20}, {0, 40}}));  // two triangles that share a corner
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {40, 0}, {60, 0}, {40, 0}, {40, 20}, {0, 20}}));    // a spike of no width
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {0, 0}, {40, 0}, {40, 20}, {40, 20}, {0, 20}}));    // repeated corners
}

TEST_CASE("fewer than four corners cannot cross") {
  CHECK_FALSE(crosses_itself(Polygon{}));
  CHECK_FALSE(crosses_itself(Polygon{{1, 2}}));
  CHECK_FALSE(crosses_itself(Polygon{{1, 2}, {3, 4}}));
  CHECK_FALSE(crosses_itself(Polygon{{0, 0}, {10, 0}, {0, 10}}));
}
