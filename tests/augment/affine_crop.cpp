#include <scriba/augment/affine_crop.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

bool within(const Point& p, cv::Size size, float margin) {
  return p.x >= margin && p.y >= margin && p.x <= static_cast<float>(size.width) - 1 - margin &&
         p.y <= static_cast<float>(size.height) - 1 - margin;
}

}  // namespace

TEST_CASE("texts of a crop are where their pixels are, in the same order of corners") {
  const AffineCrop crop{.size = {160, 128}};
  int seen = 0;
  for (int i = 0; i < 60; ++i) {
    Page page = marked::one_spot({300, 220}, {static_cast<float>(30 + 4 * i), static_cast<float>(20 + 3 * i)});
    const Page before = page;
    Random random(11, 0, i);
    crop(page, random);
    CHECK(page.image.size() == crop.size);
    if (page.texts.empty()) {
      CHECK(page.losses.outside == 1);
      continue;
    }
    const Polygon& polygon = page.texts[0].polygon;
    REQUIRE(polygon.size() == 4);
    CHECK(signed_area(polygon) > 0);
    const Point right = polygon[1] - polygon[0];
    CHECK(right.x > 0);
    CHECK(std::abs(std::atan2(right.y, right.x)) <= 10.01 * std::numbers::pi / 180);
    const double scale = std::sqrt(area(polygon) / 800);
    CHECK((scale > 0.599 && scale < 1.701));
    if (!within(marked::middle(polygon), crop.size, 12)) continue;
    ++seen;
    const Point off = marked::spot_of(page.image) - marked::middle(polygon);
    CHECK(std::hypot(off.x, off.y) < 0.1);
    CHECK(page.texts[0].transcription == "spot");
  }
  CHECK(seen > 25);
}

TEST_CASE("crops near text show it, others show everything alike") {
  Page given{.image = cv::Mat(1000, 1000, CV_8UC3, cv::Scalar::all(255)),
             .texts = {{.polygon = {{500, 500}, {520, 500}, {520, 510}, {500, 510}}}}};
  const auto share_with_text = [&](double near_text) {
    const AffineCrop crop{.size = {200, 200}, .scale = {1, 1}, .near_text = near_text};
    int with = 0;
    for (int i = 0; i < 400; ++i) {
      Page page = given;
      Random random(1, 0, i);
      crop(page, random);
      with += !page.texts.empty() && within(marked::middle(page.texts[0].polygon), crop.size, -0.5f);
    }
    return with / 400.0;
  };
  CHECK(share_with_text(1) == 1);
  CHECK(share_with_text(0) < 0.12);  // about (200 / 800)^2
  CHECK(std::abs(share_with_text(0.5) - 0.53) < 0.08);
  given.texts[0].ignore = true;  // nothing readable: anywhere
  CHECK(share_with_text(1) < 0.12);
}

TEST_CASE("a crop that fits lies inside the page, and a smaller page inside the crop") {
  const AffineCrop upright{.size = {100, 60}, .scale = {0.9, 1.1}, .angle = {0, 0}};
  bool moved = false;
  for (int i = 0; i < 50; ++i) {
    Page page{.image = cv::Mat(200, 300, CV_8UC3, cv::Scalar::all(255))};
    Random random(2, 0, i);
    upright(page, random);
    CHECK(cv::countNonZero(page.image.reshape(1) < 255) == 0);
    Page small{.image = cv::Mat(10, 20, CV_8UC3, cv::Scalar::all(255)), .texts = {{.polygon = {{0, 0}, {19, 0}, {19, 9}, {0, 9}}}}};
    upright(small, random);
    REQUIRE(small.texts.size() == 1);
    CHECK(share_inside(small.texts[0].polygon, upright.size) == 1);
    moved = moved || std::abs(marked::middle(small.texts[0].polygon).x - 50) > 20;
  }
  CHECK(moved);
}

TEST_CASE("scales are relative to what a detector sees") {
  // A page of 2000 x 1000 is seen as 800 x 400.
  const AffineCrop crop{.size = {64, 64},
                        .scale = {1, 1},
                        .aspect = {1, 1},
                        .angle = {0, 0},
                        .near_text = 1,
                        .relative_to = DetectorResize{.by = ResizeSide::longer, .side = 800, .multiple = 8}};
  Page page{.image = cv::Mat(1000, 2000, CV_8UC3), .texts = {{.polygon = {{900, 500}, {950, 500}, {950, 525}, {900, 525}}}}};
  Random random(3);
  crop(page, random);
  CHECK(distance(page.texts.at(0).polygon[0], page.texts[0].polygon[1]) == doctest::Approx(20));
}

TEST_CASE("one seed, one crop; another seed, another crop; the page given stays as it is") {
  const Page given = marked::noisy({200, 150});
  const cv::Mat copy = given.image.clone();
  const auto cropped = [&](std::uint64_t seed) {
    Page page = given;
    Random random(seed, 4, 2);
    AffineCrop{.size = {64, 64}}(page, random);
    return page;
  };
  CHECK(marked::same(cropped(1).image, cropped(1).image));
  CHECK(cropped(1).texts.size() == cropped(1).texts.size());
  CHECK_FALSE(marked::same(cropped(1).image, cropped(2).image));
  CHECK(marked::same(given.image, copy));
}

TEST_CASE("pages of any shape, with or without texts") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1), cv::Size(7, 5)})
    for (int i = 0; i < 20; ++i) {
      Page page = marked::noisy(size);
      if (i % 2 == 0) page.texts.clear();
      Random random(5, 0, i);
      AffineCrop{.size = {48, 32}}(page, random);
      CHECK(page.image.size() == cv::Size(48, 32));
    }
}

TEST_CASE("bad options and images are refused by name") {
  const auto refused = [](const AffineCrop& crop, cv::Mat image = cv::Mat(9, 9, CV_8UC3)) {
    Page page{.image = image};
    Random random(1);
    CHECK_THROWS_AS(crop(page, random), Error);
  };
  refused({.size = {0, 5}});
  refused({.scale = {0, 1}});
  refused({.scale = {2, 1}});
  refused({.aspect = {0, 1}});
  refused({.angle = {-200, 0}});
  refused({.angle_deviation = -1});
  refused({.near_text = 1.5});
  refused({.cut = {.ignore_below = 3}});
  refused({}, cv::Mat(9, 9, CV_8UC1));
  refused({}, cv::Mat());
}
