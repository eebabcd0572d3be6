#include <scriba/augment/edges.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("lines lie along the edges, never through the word's middle") {
  const EdgeLines always{.probability = 1};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Word word{.image = cv::Mat(40, 120, CV_8UC3, cv::Scalar::all(255)), .text = "word"};
    const cv::Mat given = word.image;
    Random random(seed);
    always(word, random);
    for (const cv::Rect& edge : {cv::Rect(30, 0, 60, 9), cv::Rect(30, 31, 60, 9), cv::Rect(0, 10, 21, 20), cv::Rect(99, 10, 21, 20)})
      CHECK(cv::countNonZero(word.image(edge).clone().reshape(1) < 100) > 0);
    CHECK(cv::countNonZero(word.image(cv::Rect(24, 10, 72, 20)).clone().reshape(1) < 255) == 0);
    CHECK(cv::countNonZero(given.reshape(1) < 255) == 0);
    EdgeLines{.probability = 0}(word = {.image = given}, random);
    CHECK(marked::same(word.image, given));
  }
}

TEST_CASE("rows are lost at the top or the bottom, a fifth at most") {
  std::array<int, 2> at{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Word word{.image = cv::Mat(40, 9, CV_8UC1), .text = "word"};
    for (int y = 0; y < 40; ++y) word.image.row(y) = y;
    Random random(seed);
    EdgeCrop{}(word, random);
    const int rows = word.image.rows, first = word.image.at<unsigned char>(0, 0);
    CHECK((rows >= 32 && rows < 40));
    CHECK((first == 0 || first + rows == 40));
    CHECK(word.image.cols == 9);
    ++at[first == 0 ? 0 : 1];
  }
  CHECK(std::min(at[0], at[1]) > 10);
}

TEST_CASE("edges of any shape; bad options are refused") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 999), cv::Size(999, 1), cv::Size(2, 4)})
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      Word word{.image = cv::Mat(size, CV_8UC3, cv::Scalar::all(77))};
      Random random(seed);
      EdgeLines{.probability = 1, .depth = 0.5}(word, random);
      EdgeCrop{.share = 0.5}(word, random);
      CHECK(word.image.rows >= std::max(1, size.height / 2));
      CHECK(word.image.cols == size.width);
    }
  Word word{.image = cv::Mat(9, 9, CV_8UC3)};
  Random random(1);
  CHECK_THROWS_AS((EdgeLines{.probability = 2}(word, random)), Error);
  CHECK_THROWS_AS((EdgeLines{.depth = 0.6}(word, random)), Error);
  CHECK_THROWS_AS((EdgeLines{.grey = {0, 256}}(word, random)), Error);
  CHECK_THROWS_AS((EdgeLines{.thickness = {0, 1}}(word, random)), Error);
  CHECK_THROWS_AS((EdgeCrop{.share = 0.7}(word, random)), Error);
}
