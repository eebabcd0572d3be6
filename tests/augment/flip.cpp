#include <scriba/augment/flip.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("mirrored texts start at their new top left, and stay clockwise") {
  Page page = marked::one_spot({100, 60}, {30, 20});
  const cv::Mat before = page.image.clone(), given = page.image;
  page.texts.push_back({.polygon = {{10, 30}, {20, 25}, {30, 30}, {30, 40}, {20, 35}, {10, 40}}});  // three steps along a curved line
  page.texts.push_back({.polygon = {{0, 0}, {9, 0}, {9, 5}}});
  page.texts.push_back({});
  Random random(1);
  FlipHorizontal{}(page, random);
  CHECK(page.texts[0].polygon == Polygon{{49, 10}, {89, 10}, {89, 30}, {49, 30}});
  CHECK(page.texts[1].polygon == Polygon{{69, 30}, {79, 25}, {89, 30}, {89, 40}, {79, 35}, {69, 40}});
  CHECK(signed_area(page.texts[2].polygon) > 0);
  CHECK(page.texts[3].polygon.empty());
  CHECK(distance(marked::spot_of(page.image), {69, 20}) < 0.02);
  CHECK(marked::same(given, before));
  FlipHorizontal{}(page, random);
  CHECK(marked::same(page.image, before));
  CHECK(page.texts[1].polygon == Polygon{{10, 30}, {20, 25}, {30, 30}, {30, 40}, {20, 35}, {10, 40}});
}

TEST_CASE("a page of one column is its own mirror") {
  Page page = marked::noisy({1, 7});
  Random random(1);
  FlipHorizontal{}(page, random);
  CHECK(marked::same(page.image, marked::noisy({1, 7}).image));
}
