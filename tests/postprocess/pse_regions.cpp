#include <scriba/postprocess/pse_regions.hpp>

#include <doctest/doctest.h>

#include "support/drawn_maps.hpp"
#include "support/plain_labels.hpp"
#include "support/regions.hpp"

using namespace scriba;
using namespace scriba::postprocess;

namespace {

// Two lines of text, straight and slanted, with kernels that shrink by two pixels each.
std::vector<cv::Mat_<float>> two_lines() {
  std::vector<cv::Mat_<float>> maps;
  for (int k = 0; k < 4; ++k) {
    cv::Mat_<float> map(100, 200, -4.f);
    for (const cv::RotatedRect& line : {cv::RotatedRect({60, 30}, {100, 24}, 0), cv::RotatedRect({130, 70}, {90, 20}, 15)}) {
      std::array<cv::Point2f, 4> corners;
      cv::RotatedRect(line.center, line.size - cv::Size2f(4, 4) * static_cast<float>(k), line.angle).points(corners.data());
      cv::fillPoly(map, std::vector<cv::Point>(corners.begin(), corners.end()), cv::Scalar(4));
    }
    maps.push_back(map);
  }
  return maps;
}

}  // namespace

TEST_CASE("lines of text come back as quads and as polygons, in source pixels, with their probability") {
  const auto maps = two_lines();
  const cv::Size source(400, 300);
  for (const auto shape : {RegionShape::quad, RegionShape::polygon}) {
    const auto regions = pse_regions(maps, source, {.regions = {.min_text_area = 300, .min_score = 0.9f, .shape = shape}});
    REQUIRE(regions.size() == 2);
    CHECK(iou(regions[0].polygon, Polygon{{20, 54}, {220, 54}, {220, 126}, {20, 126}}) > 0.95);
    for (const auto& region : regions) {
      CHECK(region.score == doctest::Approx(1 / (1 + std::exp(-4.0))).epsilon(1e-5));
      CHECK(signed_area(region.polygon) > 0);  // clockwise
    }
    if (shape == RegionShape::quad) CHECK(distance(regions[0].polygon[0], {20, 54}) < 2);
  }
  const auto quads = pse_regions(maps, source, {.regions = {.min_text_area = 300, .shape = RegionShape::quad}});
  const auto polygons = pse_regions(maps, source, {.regions = {.min_text_area = 300, .shape = RegionShape::polygon}});
  CHECK(iou(quads[1].polygon, polygons[1].polygon) > 0.9);
  CHECK(polygons[1].polygon.size() > 8);
}

TEST_CASE("outlines can be simplified") {
  const auto regions =
      pse_regions(two_lines(), cv::Size(200, 100), {.regions = {.min_text_area = 300, .shape = RegionShape::polygon, .simplify = 2}});
  REQUIRE(regions.size() == 2);
  for (const auto& region : regions) {
    REQUIRE(region.polygon.size() == 4);
    CHECK(region.polygon[0].x < region.polygon[1].x);  // four corners start at the top left
    CHECK(region.polygon[0].y < region.polygon[3].y);
    CHECK(signed_area(region.polygon) > 0);
  }
}

TEST_CASE("small and uncertain labels are no text") {
  auto maps = two_lines();
  CHECK(pse_regions(maps, cv::Size(200, 100), {.regions = {.min_text_area = 2200, .min_score = 0.9f}}).size() == 1);
  CHECK(pse_regions(maps, cv::Size(200, 100), {.regions = {.min_text_area = 300, .min_score = 0.99f}}).empty());
  CHECK(pse_regions(maps, cv::Size(200, 100), {.min_kernel_area = 1000, .regions = {.min_text_area = 300}}).size() == 1);
  maps[0](cv::Rect(20, 10, 60, 50)) -= 2.5f;  // half of the first line at 0.82
  const auto regions = pse_regions(maps, cv::Size(200, 100), {.regions = {.min_text_area = 300, .min_score = 0.5f}});
  REQUIRE(regions.size() == 2);
  CHECK(regions[0].score < 0.94);
  CHECK(regions[0].score > 0.85);
}

TEST_CASE("quads and scores are those of all pixels of the labels") {
  for (const int count : {1, 10, 60}) {
    const auto maps = drawn::pse_maps({320, 200}, count);
    auto options = pse_boxes_reference();
    options.regions.min_text_area = 30;
    const auto regions = pse_regions(maps, maps[0].size(), options);
    const auto expected = plain::quads(plain::pse_labels(maps, 1, 5), maps[0], 30, 0.93);
    REQUIRE(regions.size() == expected.size());
    CHECK(regions.size() == static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      CHECK(iou(regions[i].polygon, Polygon(expected[i].corners.begin(), expected[i].corners.end())) > 0.999);
      CHECK(regions[i].score == doctest::Approx(expected[i].score).epsilon(1e-5));
    }
  }
}

TEST_CASE("labels of one pixel, one row and one column make no trouble") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(7, 1), cv::Size(1, 7)})
    for (const auto shape : {RegionShape::quad, RegionShape::polygon}) {
      const std::vector<cv::Mat_<float>> maps(3, cv::Mat_<float>(size, 5.f));
      const auto regions = pse_regions(maps, size, {.min_kernel_area = 0, .regions = {.min_text_area = 0, .shape = shape}});
      CHECK(regions.size() == (shape == RegionShape::quad ? 1 : 0));  // there is no outline around a line
      for (const auto& region : regions) CHECK(finite(region.polygon));
    }
  CHECK(pse_regions(std::vector<cv::Mat_<float>>(7), cv::Size(10, 10)).empty());
  CHECK(pse_regions(two_lines(), cv::Size(0, 0)).empty());
}

TEST_CASE("a hole inside a label is not its outline") {
  std::vector<cv::Mat_<float>> maps(2, cv::Mat_<float>());
  for (auto& map : maps) {
    map = cv::Mat_<float>(40, 60, -4.f);
    map(cv::Rect(10, 10, 40, 20)) = 4;
    map(cv::Rect(20, 15, 10, 10)) = -4;
  }
  const auto regions = pse_regions(maps, cv::Size(60, 40), {.regions = {.min_text_area = 300, .shape = RegionShape::polygon}});
  REQUIRE(regions.size() == 1);
  CHECK(golden::distance_as_rings(regions[0].polygon, {{10, 10}, {49, 10}, {49, 29}, {10, 29}}) < 1e-3);
}
