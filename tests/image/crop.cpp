#include <scriba/image/crop.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

using scriba::CropTurn;
using scriba::Point;
using scriba::Quad;

namespace {
cv::Mat noise(int width, int height) {
  cv::Mat out(height, width, CV_8UC3);
  cv::theRNG().state = 5;
  cv::randu(out, 0, 256);
  cv::GaussianBlur(out, out, {5, 5}, 1.2);
  return out;
}

Quad box(float x, float y, float w, float h) { return {Point(x, y), Point(x + w, y), Point(x + w, y + h), Point(x, y + h)}; }

// The definition: perspective transform of the whole image.
cv::Mat whole_image_crop(const cv::Mat& image, const Quad& quad) {
  const auto length = [&](std::size_t a, std::size_t b) { return scriba::distance(quad[a], quad[b]); };
  const int w = std::max(1, static_cast<int>(std::max(length(0, 1), length(3, 2)))),
            h = std::max(1, static_cast<int>(std::max(length(0, 3), length(1, 2))));
  const std::array<Point, 4> to{Point(0, 0), Point(static_cast<float>(w), 0), Point(static_cast<float>(w), static_cast<float>(h)),
                                Point(0, static_cast<float>(h))};
  cv::Mat out;
  cv::warpPerspective(image, out, cv::getPerspectiveTransform(quad.data(), to.data()), {w, h}, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  return out;
}
}  // namespace

TEST_CASE("an upright box of whole pixels is the part of the image") {
  const cv::Mat image = noise(200, 100);
  const cv::Mat crop = scriba::crop_quad(image, box(20, 30, 60, 25));
  CHECK(crop.size() == cv::Size(60, 25));
  CHECK(cv::norm(crop, image(cv::Rect(20, 30, 60, 25)), cv::NORM_INF) == 0);
}

TEST_CASE("only the part around the quad is read, the pixels are those of the whole image") {
  const cv::Mat image = noise(400, 300);
  std::mt19937 random(9);
  std::uniform_real_distribution<float> place(-40, 420), wobble(-6, 6);
  double different = 0, pixels = 0;
  for (int i = 0; i < 200; ++i) {
    Quad quad = box(place(random), place(random), 30 + std::abs(wobble(random)) * 20, 20 + std::abs(wobble(random)));
    for (Point& p : quad) p += Point(wobble(random), wobble(random));
    const cv::Mat crop = scriba::crop_quad(image, quad, {.turn = CropTurn::never}), expected = whole_image_crop(image, quad);
    REQUIRE(crop.size() == expected.size());
    cv::Mat delta;
    cv::absdiff(crop, expected, delta);
    // Coordinates are rounded to 1/32 pixel: the odd one falls to the other side.
    CHECK(cv::norm(delta, cv::NORM_INF) <= 4);
    different += cv::countNonZero(delta.reshape(1) > 0);
    pixels += static_cast<double>(delta.total()) * 3;
  }
  CHECK(different / pixels < 1e-3);
}

TEST_CASE("quads that are not convex equal the whole image's transform too") {
  const cv::Mat image = noise(300, 200);
  const Quad bow_tie{Point(50, 50), Point(150, 90), Point(150, 50), Point(50, 90)},
      dart{Point(50, 50), Point(150, 50), Point(80, 70), Point(50, 150)};
  for (const auto& quad : {bow_tie, dart})
    CHECK(cv::norm(scriba::crop_quad(image, quad, {.turn = CropTurn::never}), whole_image_crop(image, quad), cv::NORM_INF) == 0);
}

TEST_CASE("tall crops are turned counter-clockwise by the chosen rule") {
  const cv::Mat image = noise(200, 200);
  const auto size = [&](float w, float h, CropTurn turn) { return scriba::crop_quad(image, box(10, 10, w, h), {.turn = turn}).size(); };
  CHECK(size(40, 60, CropTurn::tall) == cv::Size(60, 40));  // exactly 1.5
  CHECK(size(40, 59, CropTurn::tall) == cv::Size(40, 59));
  CHECK(size(40, 79, CropTurn::taller) == cv::Size(40, 79));
  CHECK(size(40, 80, CropTurn::taller) == cv::Size(80, 40));
  CHECK(size(20, 100, CropTurn::never) == cv::Size(20, 100));
  const cv::Mat turned = scriba::crop_quad(image, box(10, 10, 20, 100));
  CHECK(turned.at<cv::Vec3b>(19, 0) == image.at<cv::Vec3b>(10, 10));  // the top left goes to the bottom left
}

TEST_CASE("quads without extent, outside the image or far away give small crops, never an exception of OpenCV") {
  const cv::Mat image = noise(50, 40);
  const Point p(10, 10);
  for (const auto& quad : {Quad{p, p, p, p}, box(10, 10, 30, 0), box(10, 10, 0, 30), box(-500, -500, 20, 10), box(1000, 1000, 20, 10),
                           box(10.2f, 10.2f, 0.3f, 0.4f), Quad{Point(0, 0), Point(10, 10), Point(20, 20), Point(30, 30)},
                           Quad{Point(0, 0), Point(20, 0), Point(10, 0), Point(5, 0)}}) {
    const cv::Mat crop = scriba::crop_quad(image, quad);
    CHECK(crop.rows >= 1);
    CHECK(crop.cols >= 1);
  }
  CHECK(scriba::crop_quad(image, box(-9e5f, -9e5f, 1.8e6f, 1.8e6f), {.max_side = 100}).size() == cv::Size(100, 100));
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, infinite, 1e30f}) CHECK_THROWS_AS(scriba::crop_quad(image, box(bad, 0, 10, 10)), scriba::Error);
  CHECK_THROWS_AS(scriba::crop_quad(cv::Mat(), box(0, 0, 10, 10)), scriba::Error);
  CHECK_THROWS_AS(scriba::crop_quad(cv::Mat(5, 5, CV_32SC1), box(0, 0, 4, 4)), scriba::Error);

  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    Quad quad;
    for (Point& corner : quad) corner = Point(static_cast<float>(random() % 120) / 2.f - 10, static_cast<float>(random() % 100) / 2.f - 10);
    CHECK_FALSE(scriba::crop_quad(image, quad).empty());
  }
}

TEST_CASE("images longer than OpenCV's warping takes") {
  const cv::Mat image(6, 40000, CV_8UC3, cv::Scalar(1, 2, 3));
  const cv::Mat crop = scriba::crop_quad(image, box(0, 0, 39999, 6));
  CHECK(crop.size() == cv::Size(8192, 6));
  CHECK(crop.at<cv::Vec3b>(3, 4000) == cv::Vec3b(1, 2, 3));
}

TEST_CASE("polygons are cropped by their smallest rectangle") {
  const cv::Mat image = noise(200, 100);
  const scriba::Polygon polygon{{20, 30}, {50, 28}, {80, 30}, {80, 50}, {20, 50}};
  const cv::Mat crop = scriba::crop_polygon(image, polygon);
  CHECK(crop.cols >= 59);
  CHECK(crop.rows >= 20);
  CHECK_THROWS_AS(scriba::crop_polygon(image, {}), scriba::Error);
  CHECK_FALSE(scriba::crop_polygon(image, scriba::Polygon{{5, 5}}).empty());
  CHECK_FALSE(scriba::crop_polygon(image, scriba::Polygon{{5, 5}, {9, 9}}).empty());
}
