#include <scriba/augment/canvas.hpp>

#include <doctest/doctest.h>

#include <set>

#include <scriba/augment/cut_texts.hpp>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("texts of a resized page are where their pixels are") {
  for (const cv::Size2d to : {cv::Size2d(400, 100), cv::Size2d(100, 150), cv::Size2d(60, 50)}) {
    Page page = marked::one_spot({200, 150}, {120.5f, 40.25f});
    resize_page(page, to);
    CHECK(cv::Size2d(page.image.size()) == to);
    const Point off = marked::spot_of(page.image) - marked::middle(page.texts[0].polygon);
    CHECK(std::hypot(off.x, off.y) < 0.1);
  }
}

TEST_CASE("sizes that make no sense become some that do") {
  Page strip = marked::noisy({1, 300});
  resize_page(strip, {650, 195'000});
  CHECK(strip.image.size() == cv::Size(27, 8192));
  resize_page(strip, {0.1, 0});
  CHECK(strip.image.size() == cv::Size(1, 1));
}

TEST_CASE("a page keeps its aspect ratio on a canvas, somewhere or at the top left") {
  const FitCanvas somewhere{.size = {128, 96}, .share = {0.25, 1}, .fill = cv::Scalar::all(7)};
  std::set<int> places;
  for (int i = 0; i < 40; ++i) {
    Page page{.image = cv::Mat(30, 60, CV_8UC3, cv::Scalar::all(255)), .texts = {{.polygon = {{0, 0}, {59, 0}, {59, 29}, {0, 29}}}}};
    Random random(1, 0, i);
    somewhere(page, random);
    CHECK(page.image.size() == somewhere.size);
    const Polygon& polygon = page.texts.at(0).polygon;
    CHECK(share_inside(polygon, somewhere.size) == 1);
    const cv::Rect bright = cv::boundingRect(cv::Mat(page.image.reshape(1) == 255));
    CHECK(bright.height == doctest::Approx(bright.width / 3 / 2.0).epsilon(0.1));
    CHECK(std::abs(static_cast<float>(bright.x) / 3 - polygon[0].x) <= 1);
    CHECK(std::abs(static_cast<float>(bright.y) - polygon[0].y) <= 1);
    CHECK(page.image.at<cv::Vec3b>(0, 0) != cv::Vec3b(0, 0, 0));
    places.insert(bright.x);
  }
  CHECK(places.size() > 10);
  Page page = marked::noisy({60, 30});
  Random random(1);
  FitCanvas{.size = {60, 60}, .anywhere = false}(page, random);
  CHECK(marked::same(page.image.rowRange(0, 30), marked::noisy({60, 30}).image));
  CHECK(page.image.at<cv::Vec3b>(45, 30) == cv::Vec3b(0, 0, 0));
}

TEST_CASE("any page fits a canvas of one pixel; bad options are refused") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1)}) {
    Page page = marked::noisy(size);
    Random random(1);
    FitCanvas{.size = {1, 1}}(page, random);
    CHECK(page.image.size() == cv::Size(1, 1));
    FitCanvas{.size = {40, 30}}(page, random);
    CHECK(page.image.size() == cv::Size(40, 30));
  }
  Page page = marked::noisy({9, 9});
  Random random(1);
  CHECK_THROWS_AS((FitCanvas{.size = {0, 9}}(page, random)), Error);
  CHECK_THROWS_AS((FitCanvas{.share = {0.5, 1.5}}(page, random)), Error);
}
