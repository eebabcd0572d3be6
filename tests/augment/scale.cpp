#include <scriba/augment/scale.hpp>

#include <doctest/doctest.h>

#include <set>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("pages are shrunk to the longest side, scaled by a factor, and larger than the crop") {
  const RandomScale scale{.factors = {0.5, 1, 2}, .max_side = 400, .min_side = 90};
  std::set<int> widths;
  for (int i = 0; i < 40; ++i) {
    Page page = marked::one_spot({800, 600}, {400, 250});
    Random random(1, 0, i);
    scale(page, random);
    widths.insert(page.image.cols);
    CHECK(std::abs(page.image.rows * 4 - page.image.cols * 3) <= 4);
    const Point off = marked::spot_of(page.image) - marked::middle(page.texts[0].polygon);
    CHECK(std::hypot(off.x, off.y) < 0.15);
  }
  CHECK(widths == std::set<int>{200, 400, 800});
  Page small = marked::noisy({120, 100});
  Random random(1);
  RandomScale{.factors = {0.5}, .min_side = 90}(small, random);
  CHECK(small.image.size() == cv::Size(120, 100));  // (90 + 10) / 100
}

TEST_CASE("the shorter side takes factors and aspects, in multiples") {
  std::set<std::pair<int, int>> sizes;
  for (int i = 0; i < 60; ++i) {
    Page page = marked::noisy({200, 100});
    Random random(1, 0, i);
    ScaleShorterSide{.side = 96, .factors = {1, 2}, .aspects = {0.64, 1}, .multiple = 16}(page, random);
    sizes.insert({page.image.cols, page.image.rows});
  }
  // Aspect 0.64: height times 0.8, width over 0.8.
  CHECK(sizes == std::set<std::pair<int, int>>{{192, 96}, {384, 192}, {240, 80}, {480, 160}});
}

TEST_CASE("strips stay within memory, bad options are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 5000), cv::Size(5000, 1), cv::Size(1, 1)}) {
    Page page = marked::noisy(size);
    RandomScale{}(page, random);
    CHECK(std::max(page.image.cols, page.image.rows) <= kLongestMade);
    page = marked::noisy(size);
    ScaleShorterSide{}(page, random);
    CHECK(std::max(page.image.cols, page.image.rows) <= kLongestMade);
    CHECK(page.texts.size() == 1);
  }
  Page page = marked::noisy({9, 9});
  CHECK_THROWS_AS((RandomScale{.factors = {}}(page, random)), Error);
  CHECK_THROWS_AS((RandomScale{.factors = {0}}(page, random)), Error);
  CHECK_THROWS_AS((RandomScale{.max_side = 0}(page, random)), Error);
  CHECK_THROWS_AS((ScaleShorterSide{.side = 0}(page, random)), Error);
  CHECK_THROWS_AS((ScaleShorterSide{.aspects = {}}(page, random)), Error);
  CHECK_THROWS_AS((ScaleShorterSide{.multiple = 0}(page, random)), Error);
}
