#include <scriba/metric/sweep.hpp>

#include <doctest/doctest.h>

using namespace scriba;

namespace {

Polygon box(float left, float top, float width, float height) {
  return {{left, top}, {left + width, top}, {left + width, top + height}, {left, top + height}};
}

// What a detector gives for one image, with scores.
struct Scored {
  Polygon polygon;
  double score;
};

}  // namespace

TEST_CASE("every setting is scored as if it were the only one") {
  const std::vector<target::TextAnnotation> truths{{.polygon = box(0, 0, 100, 20)}, {.polygon = box(0, 50, 100, 20)}};
  const std::vector<std::vector<Scored>> images{{{box(0, 0, 100, 20), 0.9}, {box(200, 0, 50, 20), 0.5}},
                                                {{box(0, 0, 100, 20), 0.7}, {box(0, 50, 100, 20), 0.6}, {box(300, 0, 9, 9), 0.2}}};
  const auto above = [](const std::vector<Scored>& scored, double threshold) {
    std::vector<Polygon> out;
    for (const auto& one : scored)
      if (one.score > threshold) out.push_back(one.polygon);
    return out;
  };
  const std::vector<double> thresholds{0.8, 0.1, 0.55, 0.95};
  metric::Sweep<double> sweep("icdar2015", thresholds);
  for (const auto& image : images) sweep.add(truths, [&](double threshold) { return above(image, threshold); });

  const auto lines = sweep.lines();
  REQUIRE(lines.size() == 4);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    metric::Icdar2015 alone;
    for (const auto& image : images) alone.add(truths, above(image, thresholds[i]));
    CHECK(lines[i].setting == thresholds[i]);
    CHECK(lines[i].score.precision == alone.score().precision);
    CHECK(lines[i].score.recall == alone.score().recall);
  }
  CHECK(sweep.best().setting == 0.55);
  CHECK(sweep.best().score.precision == 1);
  CHECK(sweep.best().score.recall == 0.75);
}

TEST_CASE("of equal settings the first is the best, without images too") {
  metric::Sweep<int> sweep("ctw1500", {7, 3, 5});
  CHECK(sweep.best().setting == 7);
  sweep.add({}, [](int) { return std::vector<Polygon>(); });
  CHECK(sweep.best().setting == 7);
}

TEST_CASE("no settings, or no such protocol") {
  CHECK_THROWS_WITH_AS(metric::Sweep<int>("icdar2015", {}), doctest::Contains("nothing to sweep over"), Error);
  CHECK_THROWS_WITH_AS(metric::Sweep<int>("none", {1}), doctest::Contains("no such protocol"), Error);
}
