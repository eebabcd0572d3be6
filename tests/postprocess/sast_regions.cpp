#include <scriba/postprocess/sast_regions.hpp>

#include <doctest/doctest.h>

#include <limits>

#include "support/drawn_maps.hpp"
#include "support/plain_sast.hpp"

using namespace scriba;
using namespace scriba::postprocess;

TEST_CASE("drawn lines come back in place") {
  const cv::Size map(160, 92), source(640, 368);
  const auto lines = drawn::text_lines(map, 10);
  const auto planes = drawn::sast_planes(map, 10, 0);
  for (const auto shape : {RegionShape::quad, RegionShape::polygon}) {
    const auto regions = sast_regions(planes, source, {.shape = shape, .expand_ends = 0.15});
    REQUIRE(regions.size() == lines.size());
    for (const auto& line : lines) {
      std::array<cv::Point2f, 4> c;
      line.box.points(c.data());
      const Polygon expected{c[1] * 4, c[2] * 4, c[3] * 4, c[0] * 4};
      const auto best = std::max_element(regions.begin(), regions.end(),
                                         [&](const auto& a, const auto& b) { return iou(a.polygon, expected) < iou(b.polygon, expected); });
      CHECK(iou(best->polygon, expected) > 0.85);
      CHECK(distance(best->polygon[0], expected[0]) < 12);  // starts at the top left
      CHECK(signed_area(best->polygon) > 0);
      CHECK((best->score > 0.7 && best->score <= 1));
      CHECK((best->polygon.size() == 4) == (shape == RegionShape::quad || best->polygon.size() == 4));
    }
  }
}

TEST_CASE("the number of point pairs follows the text's form, or is given") {
  const auto planes = drawn::sast_planes({160, 92}, 1, 0);
  const auto automatic = sast_regions(planes, cv::Size(640, 368)), given = sast_regions(planes, cv::Size(640, 368), {.point_pairs = 7});
  REQUIRE(automatic.size() == 1);
  REQUIRE(given.size() == 1);
  CHECK(automatic[0].polygon.size() % 2 == 0);
  CHECK(given[0].polygon.size() == 14);
  CHECK(iou(automatic[0].polygon, given[0].polygon) > 0.97);
}

TEST_CASE("quads equal the plain algorithm's") {
  for (const int count : {1, 10, 40}) {
    const auto planes = drawn::sast_planes({200, 120}, count, 0.3f);
    const auto regions = sast_regions(planes, planes.score.size(), {.shape = RegionShape::quad});
    const auto expected = plain::sast_quads(planes);
    REQUIRE(regions.size() == expected.size());
    CHECK(!regions.empty());
    for (std::size_t i = 0; i < regions.size(); ++i)
      for (std::size_t k = 0; k < 4; ++k) CHECK(distance(regions[i].polygon[k], expected[i][k]) < 1e-2);
  }
}

TEST_CASE("nearest points are those of a full search, the first of equals") {
  std::mt19937 random(6);
  std::uniform_int_distribution<int> whole(0, 12);  // many ties
  for (int round = 0; round < 50; ++round) {
    std::vector<cv::Point2d> points;
    for (int i = 0; i <= round; ++i) points.emplace_back(whole(random), whole(random));
    const postprocess::detail::NearestPoint nearest(points);
    for (int i = 0; i < 40; ++i) {
      const cv::Point2d p(whole(random), whole(random));
      std::size_t best = 0;
      for (std::size_t k = 1; k < points.size(); ++k)
        if ((points[k] - p).dot(points[k] - p) < (points[best] - p).dot(points[best] - p)) best = k;
      CHECK(nearest(p) == best);
    }
  }
}

TEST_CASE("samples run from the first to the last index") {
  using postprocess::detail::even_indices;
  CHECK(even_indices(10, 2) == std::vector<std::size_t>{0, 10});
  CHECK(even_indices(10, 5) == std::vector<std::size_t>{0, 2, 5, 7, 10});
  CHECK(even_indices(0, 3) == std::vector<std::size_t>{0, 0, 0});
  CHECK(even_indices(1, 4) == std::vector<std::size_t>{0, 0, 0, 1});
}

TEST_CASE("SAST maps without sense give no regions") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(sast_regions({}, cv::Size(10, 10)).empty());
  auto planes = drawn::sast_planes({80, 48}, 2, 0);
  CHECK(sast_regions(planes, cv::Size(320, 192)).size() == 2);
  CHECK(sast_regions(planes, cv::Size(0, 192)).empty());
  for (const float value : {nan, infinity, -infinity}) {
    for (auto* map : {&planes.score, &planes.border[1], &planes.tvo[6], &planes.tco[0]}) {
      const cv::Mat_<float> kept = map->clone();
      *map = value;
      CHECK(sast_regions(planes, cv::Size(320, 192)).empty());
      *map = kept;
    }
  }
  // One broken pixel costs one pixel.
  const auto before = sast_instances(planes).pixels;
  planes.tvo[3](before[before.size() / 2].y, before[before.size() / 2].x) = nan;
  CHECK(sast_instances(planes).pixels.size() == before.size() - 1);
  CHECK(sast_regions(planes, cv::Size(320, 192)).size() == 2);

  planes.tco[1] = cv::Mat_<float>(5, 5, 0.f);
  CHECK_THROWS_AS(sast_regions(planes, cv::Size(320, 192)), Error);
}

TEST_CASE("one pixel of text is enough for a quad when it fills it") {
  auto planes = drawn::sast_planes({32, 24}, 1, 0);
  planes.score = 0;
  planes.score(12, 16) = 0.9f;
  const std::array<float, 8> corners{2, 2, -2, 2, -2, -2, 2, -2};  // a quad of 4 x 4 around the pixel
  for (std::size_t k = 0; k < 8; ++k) planes.tvo[k] = corners[k];
  for (auto& map : planes.border) map = 0;
  const auto regions = sast_regions(planes, cv::Size(128, 96), {.min_fill = 0.05});
  REQUIRE(regions.size() == 1);
  CHECK(finite(regions[0].polygon));
  CHECK(sast_regions(planes, cv::Size(128, 96), {.min_fill = 0.1}).empty());
  CHECK(sast_regions(planes, cv::Size(128, 96), {.expand_height = 1.5, .min_fill = 0.05}).size() == 1);  // offsets of no length
}
