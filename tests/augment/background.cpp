#include <scriba/augment/background.hpp>

#include <doctest/doctest.h>

#include <set>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("pixels are mixed by the ratio") {
  cv::Mat image(20, 30, CV_8UC3, cv::Scalar::all(100));
  const cv::Mat given = image;
  Random random(1);
  BlendBackground{.backgrounds = {cv::Mat(50, 60, CV_8UC3, cv::Scalar(200, 0, 100))}, .ratio = {0.25, 0.25}}(image, random);
  CHECK(marked::same(image, cv::Mat(20, 30, CV_8UC3, cv::Scalar(125, 75, 100))));
  CHECK(given.at<cv::Vec3b>(0, 0) == cv::Vec3b::all(100));
}

TEST_CASE("any place of any background is taken, also of smaller and grey ones") {
  cv::Mat columns(40, 200, CV_8UC1);
  for (int x = 0; x < 200; ++x) columns.col(x) = x;
  std::set<int> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    cv::Mat image(20, 30, CV_8UC1, cv::Scalar(0));
    Random random(seed);
    BlendBackground{.backgrounds = {columns, cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(250))}, .ratio = {1, 1}}(image, random);
    seen.insert(image.at<unsigned char>(0, 0));
  }
  CHECK(seen.contains(250));
  CHECK(seen.size() > 15);
  CHECK(*std::prev(seen.end(), 2) > 100);
}

TEST_CASE("backgrounds of any shape for images of any shape; bad options are refused") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 99), cv::Size(99, 1), cv::Size(20, 30)})
    for (const cv::Size other : {cv::Size(1, 1), cv::Size(1, 99), cv::Size(99, 1), cv::Size(15, 40)})
      for (const int type : {CV_8UC1, CV_8UC3}) {
        cv::Mat image(size, type, cv::Scalar::all(7));
        BlendBackground{.backgrounds = {cv::Mat(other, CV_8UC3, cv::Scalar::all(7))}}(image, random);
        CHECK(marked::same(image, cv::Mat(size, type, cv::Scalar::all(7))));
      }
  cv::Mat image(9, 9, CV_8UC3);
  CHECK_THROWS_AS((BlendBackground{}(image, random)), Error);
  CHECK_THROWS_AS((BlendBackground{.backgrounds = {cv::Mat()}}(image, random)), Error);
  CHECK_THROWS_AS((BlendBackground{.backgrounds = {image}, .ratio = {0, 2}}(image, random)), Error);
}
