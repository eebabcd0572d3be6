#include <scriba/geometry/lanms.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "support/plain_sast.hpp"

using namespace scriba;

namespace {

ScoredQuad box(double x, double y, double width, double height, double score) {
  return {{cv::Point2d(x, y), cv::Point2d(x + width, y), cv::Point2d(x + width, y + height), cv::Point2d(x, y + height)}, score};
}

double furthest(const ScoredQuad& a, const ScoredQuad& b) {
  double most = 0;
  for (std::size_t k = 0; k < 4; ++k) most = std::max(most, cv::norm(a.corners[k] - b.corners[k]));
  return most;
}

}  // namespace

TEST_CASE("quads in a row are averaged by their scores") {
  const std::vector<ScoredQuad> quads{box(0, 0, 10, 4, 1), box(1, 0, 10, 4, 3), box(50, 0, 10, 4, 0.5)};
  const auto got = locality_aware_nms(quads, 0.2);
  REQUIRE(got.size() == 2);
  CHECK(furthest(got[0], box(0.75, 0, 10, 4, 0)) < 1e-12);
  CHECK(got[0].score == doctest::Approx(4));
  CHECK(furthest(got[1], quads[2]) == 0);
}

TEST_CASE("of quads that overlap later the better one stays") {
  const std::vector<ScoredQuad> quads{box(0, 0, 10, 4, 1), box(50, 0, 10, 4, 1), box(1, 0, 10, 4, 3)};
  const auto got = locality_aware_nms(quads, 0.2);
  REQUIRE(got.size() == 2);
  CHECK(furthest(got[0], quads[2]) == 0);
  CHECK(furthest(got[1], quads[1]) == 0);
  CHECK(locality_aware_nms(quads, 0.9).size() == 3);  // 9 of 11 pixels are shared
}

TEST_CASE("corners are paired whatever corner a quad starts with and in either direction") {
  const ScoredQuad first = box(0, 0, 10, 4, 1);
  for (const bool backwards : {false, true})
    for (std::size_t start = 0; start < 4; ++start) {
      ScoredQuad second = box(1, 0, 10, 4, 1);
      second.corners = detail::turned(second.corners, start, backwards);
      const auto got = locality_aware_nms(std::vector{first, second}, 0.2);
      REQUIRE(got.size() == 1);
      CHECK(furthest(got[0], box(0.5, 0, 10, 4, 0)) < 1e-12);
    }
  ScoredQuad second = box(1, 0, 10, 4, 1);
  second.corners = detail::turned(second.corners, 1, false);
  const auto as_published = locality_aware_nms(std::vector{first, second}, 0.2, CornerPairing::reference);
  CHECK(furthest(as_published[0], box(0.5, 0, 10, 4, 0)) > 1);
}

TEST_CASE("overlap of convex quads is that of the general polygons") {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> place(0, 30), size(2, 25), angle(0, 180);
  int overlapping = 0;
  for (int i = 0; i < 400; ++i) {
    std::array<ScoredQuad, 2> quads;
    for (auto& quad : quads) {
      std::array<cv::Point2f, 4> corners;
      cv::RotatedRect({place(random), place(random)}, {size(random), size(random)}, angle(random)).points(corners.data());
      std::copy(corners.begin(), corners.end(), quad.corners.begin());
      if (i % 2) std::reverse(quad.corners.begin(), quad.corners.end());
      if (i % 3 == 0) std::swap(quad.corners[1], quad.corners[2]);  // crosses itself
    }
    const double expected = iou(plain::outline(quads[0]), plain::outline(quads[1]));
    CHECK(detail::iou(detail::PreparedQuad(quads[0].corners), detail::PreparedQuad(quads[1].corners)) ==
          doctest::Approx(expected).epsilon(1e-4));
    overlapping += expected > 0.05;
  }
  CHECK(overlapping > 90);
}

TEST_CASE("suppression equals the plain algorithm on random rows of quads") {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> wobble(-0.6, 0.6), score(0.7, 1);
  for (int seed = 0; seed < 40; ++seed) {
    std::vector<ScoredQuad> quads;
    for (int i = 0; i < 60; ++i)
      quads.push_back(box(25 * (i / 4 % 5) + wobble(random), 8 * (i % 3) + wobble(random), 20, 6, score(random)));
    const auto got = locality_aware_nms(quads, 0.3), expected = plain::locality_aware_nms(quads, 0.3);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(furthest(got[i], expected[i]) < 1e-4);
  }
}

TEST_CASE("degenerate quads survive") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK(locality_aware_nms({}, 0.2).empty());
  ScoredQuad point = box(3, 3, 0, 0, 1), broken = box(0, 0, 10, 4, 1), endless = broken, unscored = box(0, 0, 10, 4, 0);
  broken.corners[2].x = nan;
  endless.corners[1].y = infinity;
  CHECK(locality_aware_nms(std::vector{broken, endless}, 0.2).empty());
  CHECK(locality_aware_nms(std::vector{point, point}, 0.2).size() == 2);  // nothing is shared
  CHECK(furthest(locality_aware_nms(std::vector{unscored, unscored}, 0.2).at(0), unscored) == 0);
}
