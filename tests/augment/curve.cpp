#include <scriba/augment/curve.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

Word spot_at(const Point& at) {
  Word word{.image = cv::Mat(40, 160, CV_8UC3, cv::Scalar::all(0)), .text = "word"};
  marked::draw_spot(word.image, at);
  return word;
}

}  // namespace

TEST_CASE("a hill lifts the middle above the ends, a valley lowers it") {
  for (const double degrees : {80.0, -80.0}) {
    Random random(1);
    const auto height_of = [&](float x) {
      Word word = spot_at({x, 19.5f});
      Bend{.arc = {degrees, degrees}}(word, random);
      CHECK(word.text == "word");
      return marked::spot_of(word.image).y;
    };
    // The middle line's ends lie radius * (1 - cos(40 degrees)) lower; the spots are 20 pixels from them, at 30 degrees.
    const double radius = 160 / (80 * std::numbers::pi / 180), sag = radius * (1 - std::cos(std::numbers::pi / 6));
    const double middle = height_of(79.5f), left = height_of(19.5f), right = height_of(139.5f);
    CHECK((left - middle) * (degrees > 0 ? 1 : -1) == doctest::Approx(sag).epsilon(0.03));
    CHECK(left == doctest::Approx(right).epsilon(0.01));
  }
}

TEST_CASE("what was bent is straight again when its ring is unrolled") {
  Word word = spot_at({50, 12});
  const cv::Mat given = word.image.clone();
  Random random(1);
  Bend{.arc = {90, 90}}(word, random);
  const double radius = 160 / (std::numbers::pi / 2);
  const Point centre(static_cast<float>(word.image.cols / 2.0 - 0.5), static_cast<float>(radius + 20 - 0.5));
  const cv::Mat straight = unroll(word.image, {.centre = centre, .inner = radius - 20, .outer = radius + 20, .start = 225, .sweep = 90});
  REQUIRE(straight.size() == given.size());
  CHECK(distance(marked::spot_of(straight), {50, 12}) < 0.2);
  CHECK(cv::norm(straight, given, cv::NORM_L1) / static_cast<double>(given.total() * 3) < 1);
}

TEST_CASE("a ring is read from its start, clockwise, its outside up") {
  cv::Mat seal(201, 201, CV_8UC3, cv::Scalar::all(0));
  marked::draw_spot(seal, {100, 20});  // twelve o'clock: 270 degrees
  const Ring ring{.centre = {100, 100}, .inner = 60, .outer = 90, .start = 180};
  const cv::Mat line = unroll(seal, ring);
  CHECK(line.size() == cv::Size(471, 30));  // 75 * 2 pi
  // A quarter of the way; 10 pixels below the outer edge.
  CHECK(distance(marked::spot_of(line), {471 / 4.f - 0.5f, 9.5f}) < 0.5);
  CHECK(unroll(seal, ring, 60).size() == cv::Size(942, 60));
  CHECK_THROWS_AS(unroll(seal, {.centre = {100, 100}, .inner = 60, .outer = 60}), Error);
  CHECK_THROWS_AS(unroll(seal, {.centre = {NAN, 100}, .inner = 60, .outer = 90}), Error);
  CHECK_THROWS_AS(unroll(seal, {.centre = {100, 100}, .inner = 60, .outer = 90, .sweep = 0}), Error);
  CHECK_THROWS_AS(unroll(cv::Mat(), ring), Error);
}

TEST_CASE("bends of any shape keep their edge's colour; bad options are refused") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 999), cv::Size(999, 1), cv::Size(4000, 8), cv::Size(3, 2)})
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      Word word{.image = cv::Mat(size, CV_8UC1, cv::Scalar(77))};
      Random random(seed);
      Bend{.arc = {-180, 180}}(word, random);
      CHECK(cv::countNonZero(word.image != 77) == 0);
      CHECK(std::max(word.image.cols, word.image.rows) <= std::max({size.width, size.height, kLongestMade}));
    }
  Word still = spot_at({50, 12});
  Random random(1);
  Bend{.arc = {0, 0}}(still, random);
  CHECK(marked::same(still.image, spot_at({50, 12}).image));
  CHECK_THROWS_AS((Bend{.arc = {-200, 0}}(still, random)), Error);
}
