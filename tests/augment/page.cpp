#include <scriba/augment/page.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("a page's annotation has the image's size and the texts") {
  Page page{.image = cv::Mat(40, 60, CV_8UC3), .texts = {{.polygon = {{1, 1}, {9, 1}, {9, 5}}, .transcription = "word"}}};
  CHECK(page.annotation().size == cv::Size(60, 40));
  CHECK(page.annotation().texts.at(0).transcription == "word");
  CHECK(std::move(page).annotation().texts.size() == 1);
}

TEST_CASE("images of another kind are refused") {
  CHECK_NOTHROW(require_page({.image = cv::Mat(1, 1, CV_8UC3)}));
  CHECK_NOTHROW(require_pixels(cv::Mat(1, 1, CV_8UC1)));
  CHECK_THROWS_WITH_AS(require_page({}), "cannot augment an image: expected 8-bit BGR with sides of 1 to 32766 pixels, got none", Error);
  CHECK_THROWS_AS(require_page({.image = cv::Mat(1, 1, CV_8UC1)}), Error);
  CHECK_THROWS_AS(require_page({.image = cv::Mat(1, 32'767, CV_8UC3)}), Error);
  CHECK_THROWS_AS(require_pixels(cv::Mat(1, 1, CV_16UC3)), Error);
  CHECK_THROWS_AS(require_pixels(cv::Mat()), Error);
}

TEST_CASE("losses add up") {
  TextLosses losses{.outside = 1, .cut = 2};
  losses += {.outside = 10, .cut = 20};
  CHECK(losses == TextLosses{.outside = 11, .cut = 22});
}
