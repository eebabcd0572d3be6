#include "examples/engine_comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

scriba::TextRegion box(float left) { return {.polygon = {{left, 0}, {left + 40, 0}, {left + 40, 20}, {left, 20}}, .score = 1}; }

EngineResult found(const std::vector<float>& values, const std::vector<scriba::TextRegion>& regions) {
  return {.maps = {{"shrink", cv::Mat(values, /*copyData=*/true)}}, .regions = regions, .transcript = {}};
}

EngineResult read(const char* text, float score) { return {.maps = {}, .regions = {}, .transcript = {.text = text, .score = score}}; }

}  // namespace

TEST_CASE("maps are compared value by value, regions one to one") {
  EngineComparison comparison;
  comparison.add(found({0.5f, 0.25f}, {box(0), box(100)}), found({0.5f, 0.75f}, {box(1), box(200)}));
  CHECK(comparison.largest() == doctest::Approx(0.5));
  CHECK(comparison.mean() == doctest::Approx(0.25));
  CHECK(comparison.match() == doctest::Approx(0.5));
  CHECK(comparison.within(0.5, 0.5));
  CHECK_FALSE(comparison.within(0.4, 0.5));
  CHECK_FALSE(comparison.within(0.5, 0.6));
  CHECK_THROWS_AS(comparison.add(found({0.5f}, {}), found({0.5f, 0.5f}, {})), scriba::Error);
  CHECK_THROWS_AS(comparison.add(found({0.5f}, {}), read("", 0)), scriba::Error);
}

TEST_CASE("texts are compared as a whole, and their scores") {
  EngineComparison comparison;
  comparison.add(read("a", 0.5f), read("a", 0.75f));
  comparison.add(read("b", 0.5f), read("c", 0.5f));
  CHECK(comparison.largest() == doctest::Approx(0.25));
  CHECK(comparison.match() == doctest::Approx(0.5));
}

TEST_CASE("NaN is beyond every limit, and stays so") {
  for (const bool first : {true, false}) {
    EngineComparison comparison;
    comparison.add(found({first ? kNan : 0.5f, 0.5f}, {}), found({first ? 0.5f : kNan, 0.5f}, {}));
    comparison.add(found({0.5f, 0.5f}, {}), found({0.5f, 0.75f}, {}));
    CHECK(std::isnan(comparison.largest()));
    CHECK_FALSE(comparison.within(1e9, 0));
  }
  EngineComparison comparison;
  comparison.add(read("a", 0.5f), read("a", kNan));
  CHECK_FALSE(comparison.within(1e9, 0));
}
