#include <scriba/augment/distort.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

Word ramp() {  // grey is the column
  Word word{.image = cv::Mat(32, 200, CV_8UC1), .text = "word"};
  for (int x = 0; x < 200; ++x) word.image.col(x) = x;
  return word;
}

}  // namespace

TEST_CASE("grid nodes move pixels about as far as asked, smoothly") {
  double farthest = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Word word = ramp();
    const cv::Mat given = word.image;
    Random random(seed);
    GridDistortion{.magnitude = {0.1, 0.1}}(word, random);
    CHECK(word.image.size() == given.size());
    CHECK(word.text == "word");
    const double moved = cv::norm(word.image, given, cv::NORM_INF);
    CHECK(moved <= 3.2 * 1.35 + 1);  // cubics overshoot
    farthest = std::max(farthest, moved);
    // Neighbours stay neighbours.
    CHECK(cv::norm(word.image.colRange(1, 200), word.image.colRange(0, 199), cv::NORM_INF) <= 3);
  }
  CHECK(farthest > 1.5);
  Word still = ramp();
  Random random(1);
  GridDistortion{.magnitude = {0, 0}}(still, random);
  CHECK(marked::same(still.image, ramp().image));
}

TEST_CASE("stretching keeps the order of columns and both ends") {
  bool changed = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Word word = ramp();
    Random random(seed);
    Stretch{}(word, random);
    const unsigned char* row = word.image.ptr(7);
    for (int x = 1; x < 200; ++x) CHECK((row[x] >= row[x - 1] && row[x] <= row[x - 1] + 3));
    CHECK(row[0] <= 1);
    CHECK(row[199] >= 198);
    CHECK(std::equal(row, row + 200, word.image.ptr(20)));
    changed = changed || cv::norm(word.image, ramp().image, cv::NORM_INF) > 5;
  }
  CHECK(changed);
  Word still = ramp();
  Random random(1);
  Stretch{.strength = 0}(still, random);
  CHECK(cv::norm(still.image, ramp().image, cv::NORM_INF) <= 1);
}

TEST_CASE("distortions of any shape; bad options are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 999), cv::Size(999, 1), cv::Size(3, 2)})
    for (const int type : {CV_8UC1, CV_8UC3}) {
      Word word{.image = cv::Mat(size, type, cv::Scalar::all(77))};
      GridDistortion{}(word, random), Stretch{}(word, random);
      CHECK(marked::same(word.image, cv::Mat(size, type, cv::Scalar::all(77))));
    }
  Word word = ramp();
  CHECK_THROWS_AS((GridDistortion{.cells = {0, 3}}(word, random)), Error);
  CHECK_THROWS_AS((GridDistortion{.magnitude = {0, 1}}(word, random)), Error);
  CHECK_THROWS_AS((Stretch{.parts = {0, 3}}(word, random)), Error);
  CHECK_THROWS_AS((Stretch{.strength = 1}(word, random)), Error);
}
