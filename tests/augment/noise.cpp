#include <scriba/augment/noise.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("noise has the deviation asked for, and no other mean") {
  cv::Mat image(200, 200, CV_8UC3, cv::Scalar::all(128));
  const cv::Mat given = image;
  Random random(1);
  GaussianNoise{.deviation = {8, 8}}(image, random);
  cv::Scalar mean, deviation;
  cv::meanStdDev(image, mean, deviation);
  for (int c = 0; c < 3; ++c) {
    CHECK(std::abs(mean[c] - 128) < 0.2);
    CHECK(deviation[c] == doctest::Approx(8).epsilon(0.02));
  }
  CHECK(cv::countNonZero(given.reshape(1) != 128) == 0);
  cv::Mat same = given;
  GaussianNoise{.deviation = {0, 0}}(same, random);
  CHECK(marked::same(same, given));
}

TEST_CASE("as many pixels are dead as asked for, black and white") {
  cv::Mat image(100, 100, CV_8UC3, cv::Scalar(9, 8, 7));
  Random random(1);
  SaltAndPepper{.share = {0.02, 0.02}}(image, random);
  int black = 0, white = 0;
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x) {
      const cv::Vec3b pixel = image.at<cv::Vec3b>(y, x);
      black += pixel == cv::Vec3b(0, 0, 0), white += pixel == cv::Vec3b(255, 255, 255);
      CHECK((pixel == cv::Vec3b(9, 8, 7) || pixel[0] == pixel[2]));
    }
  CHECK((black > 60 && white > 60));
  CHECK(black + white <= 200);
  CHECK(black + white > 190);  // a few are hit twice
}

TEST_CASE("JPEG keeps size and type, and lower qualities lose more") {
  const cv::Mat given = marked::noisy({64, 48}).image;
  const auto lost = [&](int quality) {
    cv::Mat image = given;
    Random random(1);
    JpegArtifacts{.quality = {quality, quality}}(image, random);
    REQUIRE((image.size() == given.size() && image.type() == given.type()));
    return cv::norm(image, given);
  };
  CHECK(lost(95) > 0);
  CHECK(lost(20) > lost(95));
  cv::Mat grey(1, 1, CV_8UC1, cv::Scalar(50));
  Random random(1);
  JpegArtifacts{}(grey, random);
  CHECK(grey.type() == CV_8UC1);
}

TEST_CASE("bad options are refused") {
  cv::Mat image(9, 9, CV_8UC3);
  Random random(1);
  CHECK_THROWS_AS((GaussianNoise{.deviation = {-1, 1}}(image, random)), Error);
  CHECK_THROWS_AS((SaltAndPepper{.share = {0, 2}}(image, random)), Error);
  CHECK_THROWS_AS((JpegArtifacts{.quality = {0, 50}}(image, random)), Error);
}
