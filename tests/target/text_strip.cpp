#include <scriba/target/text_strip.hpp>

#include <doctest/doctest.h>

#include "target/pages.hpp"

using namespace scriba;
using namespace scriba::target;

TEST_CASE("corners face each other across the line") {
  const TextStrip strip = strip_of(pages::box(40, 40, 200, 88), 0.25);
  CHECK(strip.upper == std::vector<StripPoint>{{10, 10}, {50, 10}});
  CHECK(strip.lower == std::vector<StripPoint>{{10, 22}, {50, 22}});
  CHECK(strip.quads() == 1);
  CHECK(strip_of(pages::arc({50, 60}, 50, 30, 14), 1).quads() == 6);
}

TEST_CASE("an odd number of corners gets its missing one on the side that lacks it") {
  // Three above, two below: the right edge is the end.
  const TextStrip above = strip_of(Polygon{{0, 0}, {30, 0}, {60, 0}, {60, 20}, {0, 20}}, 1);
  CHECK(above.upper == std::vector<StripPoint>{{0, 0}, {30, 0}, {60, 0}});
  CHECK(above.lower == std::vector<StripPoint>{{0, 20}, {30, 20}, {60, 20}});
  const TextStrip below = strip_of(Polygon{{0, 0}, {60, 0}, {60, 20}, {20, 20}, {0, 20}}, 1);
  CHECK(below.upper == std::vector<StripPoint>{{0, 0}, {30, 0}, {60, 0}});
  CHECK(below.lower == std::vector<StripPoint>{{0, 20}, {20, 20}, {60, 20}});
  // A triangle ends in a doubled corner.
  const TextStrip triangle = strip_of(Polygon{{0, 0}, {60, 0}, {0, 20}}, 1);
  CHECK(triangle.quads() == 1);
  for (const auto& p : triangle.ring()) CHECK(std::isfinite(p.x));
}

TEST_CASE("the centre strip is the middle of the height") {
  const TextStrip centre = centre_strip(strip_of(pages::box(0, 0, 40, 20), 1), 0.3);
  CHECK(centre.upper[0].y == doctest::Approx(7));
  CHECK(centre.lower[0].y == doctest::Approx(13));
  CHECK(centre.upper[1].x == 40);
}

TEST_CASE("ends are cut by a share of the height, over several quads where needed") {
  const TextStrip centre = centre_strip(strip_of(pages::box(0, 0, 40, 20), 1), 0.3);
  auto parts = without_ends(centre, 0.15, 1 / 0.3);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].quad[0].x == doctest::Approx(3));
  CHECK(parts[0].quad[1].x == doctest::Approx(37));
  // Steps of 2 pixels: the first and the last are gone, the second and the last but one cut in half.
  TextStrip fine;
  for (int i = 0; i <= 20; ++i) fine.upper.emplace_back(2 * i, 0), fine.lower.emplace_back(2 * i, 20);
  parts = without_ends(fine, 0.15, 1);
  REQUIRE(parts.size() == 18);
  CHECK(parts.front().index == 1);
  CHECK(parts.front().quad[0].x == doctest::Approx(3));
  CHECK(parts.back().index == 18);
  CHECK(parts.back().quad[1].x == doctest::Approx(37));
  // A short line loses no more than the share of its length; one without length loses nothing and stays finite.
  CHECK(without_ends(strip_of(pages::box(0, 0, 10, 90), 1), 0.15, 1)[0].quad[0].x == doctest::Approx(1.5));
  for (const auto& part : without_ends(TextStrip{{{5, 5}, {5, 5}}, {{5, 9}, {5, 9}}}, 0.15, 1))
    for (const auto& p : part.quad) CHECK(std::isfinite(p.x));
}

TEST_CASE("boxes start where the text starts") {
  const StripBox quad = box_of(strip_of(Polygon{{10, 10}, {50, 14}, {48, 30}, {8, 26}}, 1));
  CHECK(quad.corner[1] == StripPoint(50, 14));
  CHECK(quad.centre == StripPoint(29, 20));
  const StripBox curved = box_of(strip_of(pages::arc({50, 60}, 50, 30, 14), 1));
  CHECK(curved.corner[0].x < 20);
  CHECK(curved.corner[0].y < curved.corner[3].y);
  CHECK(curved.width() > curved.height());
}

TEST_CASE("tall text starts at its second corner, lines that are level do not") {
  const TextStrip level = strip_of(pages::box(0, 0, 40, 20), 1), tall = strip_of(pages::box(0, 0, 20, 60), 1);
  CHECK(level_start(level).upper == level.upper);
  CHECK(level_start(tall).upper == std::vector<StripPoint>{{20, 0}, {20, 60}});
  const TextStrip curved = strip_of(pages::arc({50, 60}, 50, 30, 14), 1);
  CHECK(level_start(curved).upper == curved.upper);
}

TEST_CASE("turned around, both sides run the other way") {
  TextStrip strip = strip_of(Polygon{{40, 0}, {0, 0}, {0, 20}, {40, 20}}, 1);  // mirrored
  turn_around(strip);
  CHECK(strip.upper == std::vector<StripPoint>{{0, 0}, {40, 0}});
  CHECK(strip.lower == std::vector<StripPoint>{{0, 20}, {40, 20}});
}
