#include <scriba/metric/total_text.hpp>

#include <doctest/doctest.h>

using namespace scriba;

namespace {

Polygon box(float left, float top, float width, float height) {
  return {{left, top}, {left + width, top}, {left + width, top + height}, {left, top + height}};
}
target::TextAnnotation text(Polygon polygon, bool ignore = false) { return {.polygon = std::move(polygon), .ignore = ignore}; }

}  // namespace

TEST_CASE("a text in pieces and texts in one piece get most of the credit") {
  metric::TotalText pieces;
  const auto image = pieces.add(std::vector{text(box(0, 0, 100, 40))}, std::vector{box(0, 0, 48, 40), box(52, 0, 48, 40)});
  CHECK(image.matches.size() == 2);
  CHECK(pieces.score().precision == doctest::Approx(0.8));
  CHECK(pieces.score().recall == doctest::Approx(0.8));
  metric::TotalText together;
  together.add(std::vector{text(box(0, 0, 50, 40)), text(box(55, 0, 45, 40))}, std::vector<Polygon>{box(0, 0, 100, 40)});
  CHECK(together.score().hmean() == doctest::Approx(0.8));
}

TEST_CASE("ignored texts take the detections on them away") {
  metric::TotalText protocol;
  const auto image = protocol.add(std::vector{text(box(0, 0, 100, 40), true), text(box(0, 100, 100, 40))},
                                  std::vector{box(0, 0, 100, 30), box(0, 100, 100, 40)});
  CHECK(image.ignored_detections == std::vector<std::size_t>{0});
  CHECK(protocol.score().hmean() == 1);
}

TEST_CASE("nothing found is 0") {
  metric::TotalText protocol;
  CHECK(protocol.add(std::vector{text(box(0, 0, 10, 10))}, {}).score.hmean() == 0);
  CHECK(protocol.score().hmean() == 0);
}
