#include <scriba/augment/color.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

cv::Mat of(const cv::Vec3b& left, const cv::Vec3b& right) { return (cv::Mat_<cv::Vec3b>(1, 2) << left, right); }

cv::Vec3b changed(const ColorJitter& jitter, const cv::Vec3b& pixel) {
  cv::Mat image = of(pixel, pixel);
  Random random(1);
  jitter(image, random);
  return image.at<cv::Vec3b>(0, 0);
}

constexpr ColorJitter kNone{.brightness = {1, 1}, .contrast = {1, 1}, .saturation = {1, 1}, .hue = {0, 0}};

}  // namespace

TEST_CASE("each of the four does what its name says, by numbers worked out by hand") {
  CHECK(changed(kNone, {10, 120, 250}) == cv::Vec3b(10, 120, 250));
  ColorJitter jitter = kNone;
  jitter.brightness = {1.5, 1.5};
  CHECK(changed(jitter, {10, 120, 250}) == cv::Vec3b(15, 180, 255));
  jitter = kNone, jitter.saturation = {0, 0};  // 0.114 * 10 + 0.587 * 120 + 0.299 * 250 = 146.33
  CHECK(changed(jitter, {10, 120, 250}) == cv::Vec3b(146, 146, 146));
  jitter.saturation = {2, 2};  // 2 * 100 - 106.2
  CHECK(changed(jitter, {100, 104, 113}) == cv::Vec3b(94, 102, 120));
  jitter = kNone, jitter.hue = {120, 120};  // blue, green, red change places
  const cv::Vec3b turned = changed(jitter, {10, 120, 250});
  CHECK((turned == cv::Vec3b(120, 250, 10) || turned == cv::Vec3b(250, 10, 120)));
  jitter = kNone, jitter.contrast = {0.5, 0.5};  // mean 100
  cv::Mat image = of({50, 50, 50}, {150, 150, 150});
  Random random(1);
  jitter(image, random);
  CHECK(image.at<cv::Vec3b>(0, 0) == cv::Vec3b(75, 75, 75));
  CHECK(image.at<cv::Vec3b>(0, 1) == cv::Vec3b(125, 125, 125));
  cv::Mat grey = (cv::Mat_<unsigned char>(1, 2) << 50, 150);
  jitter(grey, random);
  CHECK((grey.at<unsigned char>(0, 0) == 75 && grey.at<unsigned char>(0, 1) == 125));
}

TEST_CASE("values of HSV: hue goes around, grey stays grey") {
  Random random(1);
  const HsvJitter third{.hue = {120, 120}, .saturation = {1, 1}, .value = {1, 1}};
  cv::Mat image = of({0, 0, 200}, {90, 90, 90});
  third(image, random);  // red becomes green
  const cv::Vec3b green = image.at<cv::Vec3b>(0, 0);
  CHECK(green[1] == 200);
  CHECK(std::max(green[0], green[2]) < 12);  // a step of hue is 1.4 degrees
  CHECK(image.at<cv::Vec3b>(0, 1) == cv::Vec3b(90, 90, 90));
  HsvJitter{.hue = {0, 0}, .saturation = {0, 0}, .value = {0.5, 0.5}}(image, random);
  CHECK(image.at<cv::Vec3b>(0, 0) == cv::Vec3b(100, 100, 100));
  cv::Mat word = (cv::Mat_<unsigned char>(1, 2) << 40, 200);
  HsvJitter{.value = {2, 2}}(word, random);
  CHECK((word.at<unsigned char>(0, 0) == 80 && word.at<unsigned char>(0, 1) == 255));
}

TEST_CASE("colours are drawn, the image given stays as it is, bad options are refused") {
  const cv::Mat given = marked::noisy({20, 10}).image, copy = given.clone();
  const auto jittered = [&](std::uint64_t seed, const auto& policy) {
    cv::Mat image = given;
    Random random(seed);
    policy(image, random);
    return image;
  };
  CHECK(marked::same(jittered(1, ColorJitter{}), jittered(1, ColorJitter{})));
  CHECK_FALSE(marked::same(jittered(1, ColorJitter{}), jittered(2, ColorJitter{})));
  CHECK_FALSE(marked::same(jittered(1, HsvJitter{}), jittered(2, HsvJitter{})));
  CHECK(marked::same(given, copy));
  for (const ColorJitter& bad : {ColorJitter{.brightness = {-1, 1}}, ColorJitter{.contrast = {2, 1}}, ColorJitter{.saturation = {0, 99}},
                                 ColorJitter{.hue = {0, 400}}})
    CHECK_THROWS_AS(jittered(1, bad), Error);
  for (const HsvJitter& bad : {HsvJitter{.hue = {-400, 0}}, HsvJitter{.saturation = {-1, 1}}, HsvJitter{.value = {0, 99}}})
    CHECK_THROWS_AS(jittered(1, bad), Error);
}
