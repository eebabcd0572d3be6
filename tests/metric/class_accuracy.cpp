#include <scriba/metric/class_accuracy.hpp>

#include <doctest/doctest.h>

#include <scriba/metric/icdar2015.hpp>
#include <scriba/metric/msra_td500.hpp>

using namespace scriba;

TEST_CASE("classes count where texts were found") {
  const auto box = [](float x) { return Polygon{{x, 0}, {x + 20, 0}, {x + 20, 10}, {x, 10}}; };
  const std::vector<target::TextAnnotation> texts{{.polygon = box(0), .class_id = 2},
                                                  {.polygon = box(100), .class_id = 1},
                                                  {.polygon = box(200), .class_id = 3},
                                                  {.polygon = box(300), .ignore = true}};
  // The third text is missed, the last region stands on what is ignored.
  const std::vector<TextRegion> regions{{box(101), 1, 1}, {box(1), 1, 0}, {box(500), 1, 3}, {box(300), 1, 0}};
  std::vector<Polygon> polygons;
  for (const auto& region : regions) polygons.push_back(region.polygon);
  metric::ClassAccuracy accuracy;
  CHECK(accuracy.accuracy() == 0);
  metric::Icdar2015 protocol;
  accuracy.add(protocol.add(texts, polygons), texts, regions);
  CHECK(accuracy.found() == 2);
  CHECK(accuracy.accuracy() == doctest::Approx(0.5));
  accuracy.add(protocol.add({}, {}), {}, {});
  CHECK(accuracy.found() == 2);
}

TEST_CASE("a text counts once, and not when it is to be ignored") {
  const Polygon word{{0, 0}, {40, 0}, {40, 10}, {0, 10}};
  const std::vector<target::TextAnnotation> texts{{.polygon = word, .class_id = 2}, {.polygon = word, .ignore = true}};
  const std::vector<TextRegion> regions{{word, 1, 1}, {word, 1, 2}, {word, 1, 0}};
  metric::ClassAccuracy accuracy;
  const auto matched = [](std::vector<metric::DetectionMatch> matches) { return metric::ImageScore{{}, std::move(matches), {}, {}}; };
  accuracy.add(matched({{0, 0}, {0, 1}, {1, 2}}), texts, regions);
  CHECK(accuracy.found() == 1);
  CHECK(accuracy.accuracy() == 1);
  accuracy.add(matched({{0, 2}, {0, 0}}), texts, regions);
  CHECK(accuracy.found() == 2);
  CHECK(accuracy.accuracy() == doctest::Approx(0.5));

  // MSRA-TD500 matches difficult texts, too.
  const std::vector<target::TextAnnotation> difficult{{.polygon = word, .ignore = true}};
  metric::MsraTd500 protocol;
  const auto image = protocol.add(difficult, std::vector<Polygon>{word});
  CHECK(image.matches.size() == 1);
  metric::ClassAccuracy none;
  none.add(image, difficult, regions);
  CHECK(none.found() == 0);
}
