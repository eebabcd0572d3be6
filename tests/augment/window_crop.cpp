#include <scriba/augment/window_crop.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("a window shows the page's own pixels, texts moved alike") {
  const Page given = marked::noisy({300, 200});
  int cut = 0;
  for (int i = 0; i < 50; ++i) {
    Page page = given;
    Random random(1, 0, i);
    WindowCrop{.size = {128, 96}, .cut = {.ignore_below = 0}}(page, random);
    REQUIRE(page.image.size() == cv::Size(128, 96));
    if (page.texts.empty()) continue;
    const Point moved = given.texts[0].polygon[0] - page.texts[0].polygon[0];
    const cv::Rect window(cvRound(moved.x), cvRound(moved.y), 128, 96);
    CHECK(marked::same(page.image, given.image(window)));
    cut += share_inside(page.texts[0].polygon, page.image.size()) < 1;
  }
  CHECK(cut > 0);
}

TEST_CASE("windows near text touch it, others are anywhere") {
  const Page given{.image = cv::Mat(1000, 1000, CV_8UC3, cv::Scalar::all(0)),
                   .texts = {{.polygon = {{500, 500}, {600, 500}, {600, 540}, {500, 540}}}}};
  const auto with_text = [&](double near_text) {
    int with = 0;
    for (int i = 0; i < 300; ++i) {
      Page page = given;
      Random random(1, 0, i);
      WindowCrop{.size = {200, 200}, .near_text = near_text}(page, random);
      with += !page.texts.empty();
    }
    return with;
  };
  // As in the reference, windows end between the text's start and its end: some see only its first pixels.
  CHECK(with_text(1) > 280);
  CHECK(with_text(0) < 60);
}

TEST_CASE("smaller pages are filled up at the right and below") {
  Page page = marked::noisy({50, 40});
  Random random(1);
  WindowCrop{.size = {64, 64}, .fill = cv::Scalar::all(9)}(page, random);
  CHECK(marked::same(page.image(cv::Rect(0, 0, 50, 40)), marked::noisy({50, 40}).image));
  CHECK(page.image.at<cv::Vec3b>(63, 63) == cv::Vec3b::all(9));
  CHECK(page.texts[0].polygon == marked::noisy({50, 40}).texts[0].polygon);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1)}) {
    Page strip = marked::noisy(size);
    WindowCrop{.size = {64, 32}}(strip, random);
    CHECK(strip.image.size() == cv::Size(64, 32));
  }
  CHECK_THROWS_AS((WindowCrop{.size = {64, 0}}(page, random)), Error);
  CHECK_THROWS_AS((WindowCrop{.near_text = 2}(page, random)), Error);
}

TEST_CASE("texts without sense do not lead windows anywhere") {
  Page page{.image = cv::Mat(100, 100, CV_8UC3, cv::Scalar::all(0)), .texts = {{.polygon = {{-1e30f, 5}, {1e30f, 5}, {1e30f, NAN}}}, {}}};
  Random random(1);
  WindowCrop{.size = {20, 20}, .near_text = 1}(page, random);
  CHECK(page.image.size() == cv::Size(20, 20));
}
