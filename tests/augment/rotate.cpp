#include <scriba/augment/rotate.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("a quarter turn clockwise takes the right to the bottom, a half turn everything to its opposite") {
  Random random(1);
  Page page = marked::one_spot({101, 101}, {80, 50});
  RotateDegrees{.angle = {90, 90}}(page, random);
  CHECK(std::hypot(marked::spot_of(page.image).x - 50, marked::spot_of(page.image).y - 80) < 0.05);
  CHECK(distance(marked::middle(page.texts[0].polygon), {50, 80}) < 1e-3);
  page = marked::one_spot({200, 100}, {30, 40});
  RotateDegrees{.angle = {180, 180}}(page, random);
  CHECK(distance(marked::spot_of(page.image), {169, 59}) < 0.05);
  CHECK(distance(marked::middle(page.texts[0].polygon), {169, 59}) < 1e-3);
}

TEST_CASE("texts turn with their pixels; those turned out of the page are gone or ignored") {
  int kept = 0, lost = 0;
  for (int i = 0; i < 60; ++i) {
    Page page = marked::one_spot({240, 160}, {static_cast<float>(20 + 3 * i), 25});
    Random random(1, 0, i);
    RotateDegrees{.angle = {-45, 45}}(page, random);
    CHECK(page.image.size() == cv::Size(240, 160));
    for (const auto& text : page.texts) {
      const double share = share_inside(text.polygon, page.image.size());
      CHECK((text.ignore || share >= 0.5));
      kept += share == 1;
      if (share == 1) CHECK(distance(marked::spot_of(page.image), marked::middle(text.polygon)) < 0.1);
    }
    lost += page.losses.outside + page.losses.cut > 0;
  }
  CHECK(kept > 10);
  CHECK(lost > 3);
}

TEST_CASE("rotations of any page; bad angles are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1)}) {
    Page page = marked::noisy(size);
    RotateDegrees{}(page, random);
    CHECK(page.image.size() == size);
  }
  Page page = marked::noisy({9, 9});
  CHECK_THROWS_AS((RotateDegrees{.angle = {0, 400}}(page, random)), Error);
}
