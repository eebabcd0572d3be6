#include <scriba/metric/icdar2015.hpp>

#include <doctest/doctest.h>

using namespace scriba;

namespace {

Polygon box(float left, float top, float width, float height) {
  return {{left, top}, {left + width, top}, {left + width, top + height}, {left, top + height}};
}
target::TextAnnotation text(Polygon polygon, bool ignore = false) { return {.polygon = std::move(polygon), .ignore = ignore}; }

}  // namespace

TEST_CASE("a text and a detection count once, in the order given") {
  metric::Icdar2015 protocol;
  const auto image = protocol.add(std::vector{text(box(0, 0, 100, 20)), text(box(0, 50, 100, 20))},
                                  std::vector{box(0, 1, 100, 20), box(0, 0, 100, 20), box(200, 0, 50, 20)});
  CHECK(image.matches == std::vector<metric::DetectionMatch>{{0, 0}});  // the second would fit better
  CHECK(image.score.precision == doctest::Approx(1. / 3));
  CHECK(image.score.recall == 0.5);
  CHECK(image.score.hmean() == doctest::Approx(0.4));
}

TEST_CASE("exactly half is not enough") {
  metric::Icdar2015 protocol;
  protocol.add(std::vector{text(box(0, 0, 100, 100))}, std::vector<Polygon>{box(0, 0, 100, 50)});
  CHECK(protocol.score().recall == 0);
  CHECK(protocol.score().hmean() == 0);
}

TEST_CASE("ignored texts and detections on them count neither way") {
  metric::Icdar2015 protocol;
  const auto image = protocol.add(std::vector{text(box(0, 0, 100, 20), true), text(box(0, 50, 100, 20))},
                                  std::vector{box(10, 0, 20, 20), box(0, 50, 100, 20)});
  CHECK(image.ignored_truths == std::vector<std::size_t>{0});
  CHECK(image.ignored_detections == std::vector<std::size_t>{0});
  CHECK(image.score.hmean() == 1);
}

TEST_CASE("images without texts, without detections, and no image at all") {
  metric::Icdar2015 protocol;
  CHECK(protocol.score().hmean() == 0);
  CHECK(protocol.add({}, {}).score.hmean() == 1);
  const auto invented = protocol.add({}, std::vector<Polygon>{box(0, 0, 5, 5)});
  CHECK(invented.score.precision == 0);
  CHECK(invented.score.recall == 1);
  const auto missed = protocol.add(std::vector{text(box(0, 0, 5, 5))}, {});
  CHECK(missed.score.hmean() == 0);
  CHECK(protocol.score().precision == 0);
  // Degenerate polygons match nothing and crash nothing.
  CHECK(protocol.add(std::vector{text({}), text({{1, 1}})}, std::vector<Polygon>{{}, {{3, 3}, {3, 3}, {3, 3}}}).matches.empty());
}
