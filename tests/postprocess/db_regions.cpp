#include <scriba/geometry/iou.hpp>
#include <scriba/postprocess/db_regions.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

using namespace scriba;
using namespace scriba::postprocess;

namespace {

cv::Mat_<float> map_with(std::initializer_list<cv::RotatedRect> boxes, cv::Size size = {200, 120}) {
  cv::Mat_<float> map(size, 0.f);
  for (const auto& box : boxes) {
    std::array<Point, 4> corners;
    box.points(corners.data());
    std::vector<cv::Point> whole;
    for (const Point& p : corners) whole.emplace_back(cvRound(p.x), cvRound(p.y));
    cv::fillPoly(map, whole, cv::Scalar(0.9));
  }
  return map;
}

}  // namespace

TEST_CASE("a box of probability comes back grown and in source pixels") {
  const auto map = map_with({{{100, 60}, {80, 16}, 0}});
  for (const auto rule : {DbRule::paddle_ocr, DbRule::reference_python, DbRule::reference_cpp}) {
    const auto regions = db_regions(map, cv::Size(400, 240), {.box_threshold = 0.5f, .unclip_ratio = 1.5f, .rule = rule});
    REQUIRE(regions.size() == 1);
    CHECK(regions[0].score == doctest::Approx(0.9));
    // Shrunk box 80 x 16: grows by 80 * 16 * 1.5 / 192 = 10 pixels on each side; the map is half the source.
    const Polygon expected{{100, 84}, {300, 84}, {300, 156}, {100, 156}};
    CHECK(iou(regions[0].polygon, expected) > 0.97);
    CHECK(signed_area(regions[0].polygon) > 0);
    CHECK(distance(regions[0].polygon[0], expected[0]) < 6);
  }
}

TEST_CASE("floating point coordinates are as good without rounding") {
  const auto map = map_with({{{100, 60}, {90, 14}, 20}});
  const auto whole = db_regions(map, cv::Size(200, 120), {}), exact = db_regions(map, cv::Size(200, 120), {.whole_pixels = false});
  REQUIRE(whole.size() == 1);
  REQUIRE(exact.size() == 1);
  CHECK(iou(whole[0].polygon, exact[0].polygon) > 0.9);
}

TEST_CASE("polygons follow curved regions, and their score sees all of them") {
  cv::Mat_<float> map(200, 300, 0.f);
  cv::ellipse(map, {150, 180}, {110, 110}, 0, 200, 340, cv::Scalar(0.95), 14);
  const auto polygons = db_regions(map, map.size(), {.box_threshold = 0.6f, .shape = RegionShape::polygon, .score = RegionScore::contour});
  REQUIRE(polygons.size() == 1);
  CHECK(polygons[0].polygon.size() > 8);
  CHECK(polygons[0].score > 0.9);
  CHECK(db_regions(map, map.size(), {.box_threshold = 0.6f}).empty());  // the rectangle around the arc is mostly empty
}

TEST_CASE("dilation joins what one pixel parts") {
  auto map = map_with({{{60, 60}, {60, 12}, 0}, {{122, 60}, {60, 12}, 0}});
  map.col(91).setTo(0);
  const auto apart = db_regions(map, map.size(), {}), joined = db_regions(map, map.size(), {.dilate = true});
  CHECK(apart.size() == 2);
  CHECK(joined.size() == 1);
}

TEST_CASE("the dilated bitmap is the maximum over each pixel and its upper and left neighbours") {
  cv::Mat_<float> map(37, 53);
  cv::randu(map, 0.f, 1.f);
  cv::Mat bitmap;
  scriba::postprocess::detail::db_bitmap(map, 0.8f, true, bitmap);
  for (int y = 0; y < map.rows; ++y)
    for (int x = 0; x < map.cols; ++x) {
      bool any = false;
      for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) any = any || (y >= dy && x >= dx && map(y - dy, x - dx) > 0.8f);
      REQUIRE((bitmap.at<unsigned char>(y, x) != 0) == any);
    }
}

TEST_CASE("odd maps give a result and nothing else") {
  CHECK(db_regions(cv::Mat_<float>(), {10, 10}).empty());
  CHECK(db_regions(cv::Mat_<float>(1, 1, 1.f), {1, 1}).empty());
  CHECK(db_regions(cv::Mat_<float>(1, 400, 1.f), {400, 1}).empty());
  CHECK(db_regions(cv::Mat_<float>(50, 50, 0.f), {50, 50}).empty());
  CHECK(db_regions(cv::Mat_<float>(50, 50, 1.f), {50, 50}).size() == 1);
  CHECK(db_regions(cv::Mat_<float>(50, 50, std::numeric_limits<float>::quiet_NaN()), {50, 50}).empty());
  auto map = map_with({{{100, 60}, {80, 16}, 0}});
  map(60, 100) = std::numeric_limits<float>::infinity();
  map(61, 101) = std::numeric_limits<float>::quiet_NaN();
  CHECK(db_regions(map, map.size()).empty());  // its score is not a number
}

TEST_CASE("noise of every density: no crash, boxes inside the image, no more than asked for") {
  std::mt19937 random(11);
  for (const float density : {0.02f, 0.3f, 0.5f, 0.8f}) {
    cv::Mat_<float> map(90, 140);
    cv::randu(map, 0.f, 1.f);
    map = map * (density + 0.5f);
    for (const auto rule : {DbRule::paddle_ocr, DbRule::reference_python, DbRule::reference_cpp})
      for (const auto shape : {RegionShape::quad, RegionShape::polygon})
        for (const bool whole : {true, false}) {
          const auto regions = db_regions(
              map, cv::Size(281, 177), {.box_threshold = 0.1f, .max_candidates = 40, .shape = shape, .rule = rule, .whole_pixels = whole});
          CHECK(regions.size() <= 40);
          for (const auto& region : regions)
            for (const Point& p : region.polygon) {
              CHECK(p.x >= 0);
              CHECK(p.y >= 0);
              CHECK(p.x <= 281);
              CHECK(p.y <= 177);
            }
        }
  }
}
