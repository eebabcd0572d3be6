#include <scriba/augment/perspective.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("texts follow their pixels in perspective, all of them stay inside") {
  for (int i = 0; i < 30; ++i) {
    Page page = marked::one_spot({240, 160}, {static_cast<float>(30 + 6 * i), 60});
    Random random(1, 0, i);
    Perspective{.horizontal = 0.2, .vertical = 0.2}(page, random);
    REQUIRE(page.texts.size() == 1);
    CHECK(share_inside(page.texts[0].polygon, page.image.size()) == 1);
    CHECK(signed_area(page.texts[0].polygon) > 0);
    // The mean of the corners is not quite the image of the middle.
    CHECK(distance(marked::spot_of(page.image), marked::middle(page.texts[0].polygon)) < 1);
  }
}

TEST_CASE("words go on with their edge; nothing moves without shares") {
  Word word{.image = cv::Mat(32, 100, CV_8UC1, cv::Scalar(200)), .text = "word"};
  Random random(1);
  Perspective{.horizontal = 0.4, .vertical = 0.4}(word, random);
  CHECK(cv::countNonZero(word.image != 200) == 0);
  CHECK(word.text == "word");
  Page page = marked::noisy({50, 40});
  Perspective{.horizontal = 0, .vertical = 0}(page, random);
  CHECK(marked::same(page.image, marked::noisy({50, 40}).image));
}

TEST_CASE("perspectives of any page; bad shares are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 3000), cv::Size(3000, 1)}) {
    Page page = marked::noisy(size);
    Perspective{}(page, random);
    CHECK(page.image.size() == size);
    Word word{.image = marked::noisy(size).image};
    Perspective{}(word, random);
    CHECK(word.image.size() == size);
  }
  Page page = marked::noisy({9, 9});
  CHECK_THROWS_AS((Perspective{.horizontal = 0.5}(page, random)), Error);
  CHECK_THROWS_AS((Perspective{.vertical = -0.1}(page, random)), Error);
}
