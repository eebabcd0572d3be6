#include <scriba/augment/blur.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

// A white pixel on black, blurred: where its light is, how wide it is, and how much of it there is.
struct Light {
  double sum, x, y, width, height;
};

template <class Blur>
Light blurred(const Blur& blur, std::uint64_t seed = 1) {
  cv::Mat image(41, 41, CV_8UC1, cv::Scalar(0));
  cv::rectangle(image, {18, 18, 5, 5}, cv::Scalar(250), cv::FILLED);
  const cv::Mat given = image;
  Random random(seed);
  blur(image, random);
  CHECK(given.at<unsigned char>(18, 18) == 250);
  const cv::Moments m = cv::moments(image);
  return {m.m00, m.m10 / m.m00, m.m01 / m.m00, std::sqrt(m.mu20 / m.m00), std::sqrt(m.mu02 / m.m00)};
}

}  // namespace

TEST_CASE("blurs keep light and place, and make it wider") {
  const double sharp = std::sqrt(2.0);  // of five pixels: (4 + 1 + 0 + 1 + 4) / 5
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Light gaussian = blurred(GaussianBlur{.deviation = {2, 2}}, seed);
    CHECK(gaussian.width == doctest::Approx(std::sqrt(2.0 + 4)).epsilon(0.05));
    const Light motion = blurred(MotionBlur{.length = {9, 9}}, seed);
    // A line's variance is a twelfth of its squared length, in whatever direction. Sharing points between pixels adds a little.
    const double variance = motion.width * motion.width + motion.height * motion.height - 4;
    CHECK(variance > 81 / 12.0 * 0.95);
    CHECK(variance < 81 / 12.0 + 0.6);
    for (const Light& light : {gaussian, motion}) {
      CHECK(light.sum == doctest::Approx(25 * 250).epsilon(0.03));
      CHECK(std::hypot(light.x - 20, light.y - 20) < 0.1);
    }
  }
  CHECK(blurred(ResizeBlur{}).width > sharp + 0.1);
  CHECK(blurred(GaussianBlur{.deviation = {0, 0}}).width == doctest::Approx(sharp));
  CHECK(blurred(MotionBlur{.length = {0, 0}}).width == doctest::Approx(sharp));
  CHECK(blurred(ResizeBlur{.factor = {1, 1}}).width == doctest::Approx(sharp));
}

TEST_CASE("motion goes in every direction") {
  bool wide = false, high = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Light light = blurred(MotionBlur{.length = {9, 9}}, seed);
    wide = wide || light.width > light.height + 0.5, high = high || light.height > light.width + 0.5;
  }
  CHECK((wide && high));
}

TEST_CASE("images of any shape, and bad options") {
  Random random(1);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 999), cv::Size(999, 1)})
    for (const int type : {CV_8UC1, CV_8UC3}) {
      cv::Mat image(size, type, cv::Scalar::all(77));
      GaussianBlur{}(image, random), MotionBlur{}(image, random), ResizeBlur{}(image, random);
      CHECK(marked::same(image, cv::Mat(size, type, cv::Scalar::all(77))));
    }
  cv::Mat image(9, 9, CV_8UC3);
  CHECK_THROWS_AS((GaussianBlur{.deviation = {-1, 1}}(image, random)), Error);
  CHECK_THROWS_AS((MotionBlur{.length = {5, 500}}(image, random)), Error);
  CHECK_THROWS_AS((ResizeBlur{.factor = {0, 1}}(image, random)), Error);
}
