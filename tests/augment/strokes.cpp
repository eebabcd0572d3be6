#include <scriba/augment/strokes.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("strokes become bolder or thinner by the disc's width less one") {
  Random random(1);
  cv::Mat bright(30, 30, CV_8UC1, cv::Scalar(10));
  bright.colRange(10, 14) = 200;
  cv::Mat image = bright;
  Dilation{.width = {3, 3}}(image, random);
  CHECK(cv::countNonZero(image.row(15) == 200) == 6);
  image = bright;
  Erosion{.width = {3, 3}}(image, random);
  CHECK(cv::countNonZero(image.row(15) == 200) == 2);
  CHECK(cv::countNonZero(bright.row(15) == 200) == 4);
  image = bright;
  Dilation{.width = {1, 1}}(image, random);
  CHECK(marked::same(image, bright));
  CHECK_THROWS_AS((Dilation{.width = {0, 3}}(image, random)), Error);
  CHECK_THROWS_AS((Erosion{.width = {3, 2}}(image, random)), Error);
}

TEST_CASE("the darkest pixels fade towards the mean, the others stay") {
  // Values 0 .. 99, once each; mean 49.5.
  cv::Mat_<unsigned char> steps(10, 10);
  for (int i = 0; i < 100; ++i) steps(i / 10, i % 10) = static_cast<unsigned char>(i);
  cv::Mat image = steps;
  Random random(1);
  FadeDarkest{.share = {0.2, 0.2}, .strength = {0.5, 0.5}}(image, random);
  for (int i = 0; i < 100; ++i) {
    const double expected = i < 20 ? i * 0.5 + 49.5 / 2 : i;
    CHECK(std::abs(image.at<unsigned char>(i / 10, i % 10) - expected) <= 1);
  }
  image = steps;
  FadeDarkest{.share = {0, 0}}(image, random);
  CHECK(marked::same(image, steps));
  FadeDarkest{.share = {1, 1}, .strength = {1, 1}}(image, random);
  double low = 0, high = 0;
  cv::minMaxLoc(image, &low, &high);
  CHECK(low == high);
  cv::Mat one(1, 1, CV_8UC3, cv::Scalar(1, 2, 3));
  FadeDarkest{}(one, random);
  CHECK(one.at<cv::Vec3b>(0, 0) == cv::Vec3b(1, 2, 3));
  CHECK_THROWS_AS((FadeDarkest{.share = {0, 2}}(image, random)), Error);
  CHECK_THROWS_AS((FadeDarkest{.strength = {-1, 0}}(image, random)), Error);
}
