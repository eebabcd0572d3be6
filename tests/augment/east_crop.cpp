#include <scriba/augment/east_crop.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

Page two_texts() {
  Page page = marked::one_spot({400, 300}, {100, 80});
  page.texts.push_back({.polygon = {{250, 200}, {330, 205}, {330, 230}, {250, 225}}, .transcription = "other"});
  return page;
}

}  // namespace

TEST_CASE("no readable text is cut, one at least is there, and it is where its pixels are") {
  int without_one = 0, larger = 0;
  for (int i = 0; i < 100; ++i) {
    Page page = two_texts();
    Random random(1, 0, i);
    EastCrop{.size = {160, 128}}(page, random);
    CHECK(page.image.size() == cv::Size(160, 128));
    REQUIRE_FALSE(page.texts.empty());
    CHECK(page.losses.cut == 0);
    without_one += page.texts.size() == 1;
    for (const auto& text : page.texts) {
      CHECK_FALSE(text.ignore);
      CHECK(share_inside(text.polygon, page.image.size()) == 1);
      if (text.transcription == "spot") {
        CHECK(distance(marked::spot_of(page.image), marked::middle(text.polygon)) < 0.3);
        larger += area(text.polygon) > 800 * 0.16 * 1.2;  // than on the whole page
      }
    }
  }
  CHECK(without_one > 10);
  CHECK(larger > 10);
}

TEST_CASE("the whole page where text leaves no free line, where there is none, and without tries") {
  Random random(1);
  Page full{.image = cv::Mat(100, 200, CV_8UC3, cv::Scalar::all(0)), .texts = {{.polygon = {{-5, -5}, {205, -5}, {205, 105}, {-5, 105}}}}};
  EastCrop{.size = {100, 100}}(full, random);
  CHECK(full.texts.at(0).polygon[0].x == doctest::Approx(-2.75));
  Page empty = marked::noisy({200, 100});
  empty.texts.clear();
  EastCrop{.size = {200, 200}}(empty, random);
  CHECK(marked::same(empty.image.rowRange(0, 100), marked::noisy({200, 100}).image));
  CHECK(empty.image.at<cv::Vec3b>(150, 100) == cv::Vec3b(0, 0, 0));
  Page page = two_texts();
  EastCrop{.size = {400, 300}, .tries = 0}(page, random);
  CHECK(marked::same(page.image, two_texts().image));
}

TEST_CASE("ignored text may be cut, broken text is no obstacle, and what is left of both stays ignored") {
  for (int i = 0; i < 50; ++i) {
    Page page = two_texts();
    page.texts[1].ignore = true;
    page.texts.push_back({.polygon = {{NAN, 0}, {5, 5}, {6, 1e30f}}});
    Random random(2, 0, i);
    EastCrop{.size = {160, 128}}(page, random);
    CHECK(page.texts.at(0).transcription == "spot");
    for (const auto& text : page.texts)
      if (text.transcription == "other") CHECK(text.ignore);
  }
}

TEST_CASE("EAST crops of any page; bad options are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1), cv::Size(2, 2)}) {
    Page page = marked::noisy(size);
    EastCrop{.size = {64, 32}}(page, random);
    CHECK(page.image.size() == cv::Size(64, 32));
  }
  Page page = two_texts();
  CHECK_THROWS_AS((EastCrop{.size = {0, 0}}(page, random)), Error);
  CHECK_THROWS_AS((EastCrop{.tries = -1}(page, random)), Error);
  CHECK_THROWS_AS((EastCrop{.min_side = 1.1}(page, random)), Error);
}
