// Whole-pixel offsets of polygons of any shape. Offsets in floating point are tested in polygon.cpp.
#include <scriba/geometry/offset.hpp>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include <limits>
#include <numbers>
#include <random>

using namespace scriba;

namespace {

Polygon arc_band(Point centre, double outer, double inner, int steps) {
  Polygon out;
  for (int i = 0; i <= steps; ++i) {
    const double angle = std::numbers::pi * (1 + static_cast<double>(i) / steps);
    out.emplace_back(static_cast<float>(centre.x + outer * std::cos(angle)), static_cast<float>(centre.y + outer * std::sin(angle)));
  }
  for (int i = steps; i >= 0; --i) {
    const double angle = std::numbers::pi * (1 + static_cast<double>(i) / steps);
    out.emplace_back(static_cast<float>(centre.x + inner * std::cos(angle)), static_cast<float>(centre.y + inner * std::sin(angle)));
  }
  return out;
}

cv::Mat pixels_of(const std::vector<Polygon>& pieces, cv::Size size) {
  cv::Mat out = cv::Mat::zeros(size, CV_8UC1);
  for (const auto& piece : pieces) {
    std::vector<cv::Point> corners(piece.begin(), piece.end());
    cv::fillPoly(out, corners, cv::Scalar(1));
  }
  return out;
}

// Signed distance to the outline of the polygon with corners cut to pixels, positive inside, one pixel at a time.
cv::Mat_<float> distance_map(Polygon polygon, cv::Size size) {
  for (Point& p : polygon) p = {std::trunc(p.x), std::trunc(p.y)};
  cv::Mat_<float> out(size);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      out(y, x) = static_cast<float>(cv::pointPolygonTest(polygon, Point(static_cast<float>(x), static_cast<float>(y)), true));
  return out;
}

}  // namespace

TEST_CASE("a box shrinks and grows by rounded distances, in either direction of its corners") {
  const Polygon box{{10, 20}, {50, 20}, {50, 40}, {10, 40}};
  for (const Polygon& polygon : {box, Polygon{box.rbegin(), box.rend()}}) {
    const auto shrunk = offset_in_whole_pixels(polygon, -5.6);
    REQUIRE(shrunk.size() == 1);
    CHECK(shrunk[0].size() == 4);
    CHECK(pixel_bounds(shrunk[0]) == cv::Rect(16, 26, 28, 8));
    const auto grown = offset_in_whole_pixels(polygon, 5.6);
    REQUIRE(grown.size() == 1);
    CHECK(pixel_bounds(grown[0]) == cv::Rect(4, 14, 52, 32));
  }
}

TEST_CASE("what is left: nothing, the polygon itself, or several pieces with the lowest first") {
  const Polygon box{{10, 20}, {50, 20}, {50, 40}, {10, 40}};
  CHECK(offset_in_whole_pixels(box, -10).empty());
  CHECK(offset_in_whole_pixels(box, -1000).empty());
  REQUIRE(offset_in_whole_pixels(box, 0).size() == 1);
  CHECK(area(offset_in_whole_pixels(box, 0)[0]) == 800);
  const Polygon dumbbell{{0, 0}, {20, 0}, {20, 9}, {40, 9}, {40, 0}, {60, 0}, {60, 24}, {40, 24}, {40, 11}, {20, 11}, {20, 20}, {0, 20}};
  const auto pieces = offset_in_whole_pixels(dumbbell, -4);
  REQUIRE(pieces.size() == 2);
  CHECK(pixel_bounds(pieces[0]) == cv::Rect(44, 4, 12, 16));  // reaches lower than the other
  CHECK(pixel_bounds(pieces[1]) == cv::Rect(4, 4, 12, 12));
  CHECK(offset_in_whole_pixels(dumbbell, 4).size() == 1);
}

TEST_CASE("degenerate polygons have no offset") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  for (const double distance : {-3.0, 0.0, 3.0}) {
    CHECK(offset_in_whole_pixels(Polygon{}, distance).empty());
    CHECK(offset_in_whole_pixels(Polygon{{5, 5}}, distance).empty());
    CHECK(offset_in_whole_pixels(Polygon{{5, 5}, {5, 5}, {5, 5}, {5, 5}}, distance).empty());
    CHECK(offset_in_whole_pixels(Polygon{{0, 0}, {10, 10}, {20, 20}}, distance).empty());
    CHECK(offset_in_whole_pixels(Polygon{{0, 0}, {10, 0}, {nan, 10}}, distance).empty());
    CHECK(offset_in_whole_pixels(Polygon{{0, 0}, {10, 0}, {infinite, 10}}, distance).empty());
  }
  CHECK(offset_in_whole_pixels(Polygon{{0, 0}, {10, 0}, {0, 10}}, std::numeric_limits<double>::quiet_NaN()).empty());
}

TEST_CASE("a curved line keeps what is deeper than the distance, and grows over what is nearer") {
  for (const int steps : {2, 6, 20}) {
    const Polygon band = arc_band({100, 110}, 90, 55, steps);
    const cv::Size size(200, 130);
    const auto depth = distance_map(band, size);
    for (const double distance : {2.0, 7.3, 11.9}) {
      const cv::Mat shrunk = pixels_of(offset_in_whole_pixels(band, -distance), size),
                    grown = pixels_of(offset_in_whole_pixels(band, distance), size);
      int wrong = 0;
      for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
          const bool in = shrunk.at<unsigned char>(y, x) != 0, near = grown.at<unsigned char>(y, x) != 0;
          wrong += (depth(y, x) > distance + 1.5 && !in) || (depth(y, x) < distance - 1.5 && in);
          wrong += (depth(y, x) > -distance + 1.5 && !near) || (depth(y, x) < -distance - 1.5 && near);
        }
      INFO(steps, " steps, distance ", distance);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("random polygons: pieces are whole, clockwise, and inside of what they shrank from") {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> place(0, 100);
  std::uniform_int_distribution<int> corners(3, 12);
  for (int i = 0; i < 500; ++i) {
    Polygon polygon;
    for (int n = corners(random); n > 0; --n) polygon.emplace_back(place(random), place(random));
    for (const double distance : {-6.0, -1.5, 0.4, 8.0})
      for (const Polygon& piece : offset_in_whole_pixels(polygon, distance)) {
        CHECK(signed_area(piece) > 0);
        const double reach = std::max(distance, 0.0) + 1;
        for (const Point& p : piece) {
          CHECK(p.x == std::round(p.x));
          CHECK((p.x >= -reach && p.x <= 100 + reach && p.y >= -reach && p.y <= 100 + reach));
        }
      }
  }
}
