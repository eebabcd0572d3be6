#include <scriba/postprocess/pan_regions.hpp>

#include <doctest/doctest.h>

#include "support/drawn_maps.hpp"
#include "support/plain_labels.hpp"
#include "support/regions.hpp"

using namespace scriba;
using namespace scriba::postprocess;

TEST_CASE("texts that touch come back apart") {
  // One bar of text, its halves alike among themselves; kernels leave three pixels at each end.
  std::vector<cv::Mat_<float>> maps{cv::Mat_<float>(40, 120, -4.f), cv::Mat_<float>(40, 120, -4.f), cv::Mat_<float>(40, 120, 0.f)};
  maps[0](cv::Rect(10, 10, 100, 20)) = 4;
  for (const int left : {10, 60}) maps[1](cv::Rect(left + 3, 13, 44, 14)) = 4;
  maps[2](cv::Rect(60, 10, 50, 20)) = 3;
  const auto apart = pan_regions(maps, cv::Size(240, 80), {.distance = 1});
  REQUIRE(apart.size() == 2);
  CHECK(iou(apart[0].polygon, Polygon{{20, 20}, {118, 20}, {118, 58}, {20, 58}}) > 0.99);
  CHECK(iou(apart[1].polygon, Polygon{{120, 20}, {218, 20}, {218, 58}, {120, 58}}) > 0.99);
  CHECK(apart[0].score == doctest::Approx(1 / (1 + std::exp(-4.0))).epsilon(1e-5));
}

TEST_CASE("presets hold the reference's thresholds") {
  CHECK(pan_boxes_reference().distance == 1);
  CHECK(pan_boxes_reference().regions.min_text_area == 300);
  CHECK(pan_boxes_reference_mobile().distance == 6);
  CHECK(pan_boxes_reference_mobile().min_kernel_area == 8);
  CHECK(pan_boxes_reference_mobile(RegionShape::polygon).regions.shape == RegionShape::polygon);
}

TEST_CASE("PAN's quads and scores are those of all pixels of the labels") {
  for (const int count : {1, 10, 60}) {
    const auto maps = drawn::pan_maps({320, 200}, count);
    const PanBoxesOptions options{.distance = 1, .min_kernel_area = 4, .regions = {.min_text_area = 30}};
    const auto regions = pan_regions(maps, maps[0].size(), options);
    const auto expected = plain::quads(plain::pan_labels(maps, 1, 1, 4, false), maps[0], 30, 0.9);
    REQUIRE(regions.size() == expected.size());
    CHECK(regions.size() == static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      CHECK(iou(regions[i].polygon, Polygon(expected[i].corners.begin(), expected[i].corners.end())) > 0.999);
      CHECK(regions[i].score == doctest::Approx(expected[i].score).epsilon(1e-5));
    }
  }
}

TEST_CASE("empty and broken PAN maps give no regions") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(pan_regions(std::vector<cv::Mat_<float>>(6), cv::Size(10, 10)).empty());
  for (const float value : {-4.f, nan})
    CHECK(pan_regions(std::vector<cv::Mat_<float>>(6, cv::Mat_<float>(20, 30, value)), cv::Size(30, 20)).empty());
  CHECK(pan_regions(std::vector<cv::Mat_<float>>(6, cv::Mat_<float>(20, 30, 4.f)), cv::Size(0, 20)).empty());
  CHECK(pan_regions(std::vector<cv::Mat_<float>>(6, cv::Mat_<float>(20, 30, 4.f)), cv::Size(30, 20)).size() == 1);
}
