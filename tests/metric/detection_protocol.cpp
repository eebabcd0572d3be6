#include <scriba/metric/detection_protocol.hpp>

#include <doctest/doctest.h>

using namespace scriba;

namespace {

Polygon box(float left, float top, float width, float height) {
  return {{left, top}, {left + width, top}, {left + width, top + height}, {left, top + height}};
}

}  // namespace

TEST_CASE("a protocol by name has the rules of that name") {
  CHECK(metric::detection_protocol_names() == std::vector<std::string>{"icdar2015", "total-text", "ctw1500", "msra-td500"});
  // Exactly half of a text: enough for CTW1500 and MSRA-TD500, not for ICDAR 2015; Total-Text wants 70 % of it.
  const std::vector<target::TextAnnotation> truths{{.polygon = box(0, 0, 100, 100)}};
  const std::vector<Polygon> found{box(0, 0, 100, 50)};
  for (const auto& [name, recall] : {std::pair{"icdar2015", 0.}, {"total-text", 0.}, {"ctw1500", 1.}, {"msra-td500", 1.}}) {
    CAPTURE(name);
    const auto protocol = metric::detection_protocol(name);
    CHECK(protocol.add(truths, found).matches.size() == static_cast<std::size_t>(recall));
    CHECK(protocol.score().recall == recall);
  }
}

TEST_CASE("each protocol counts by itself, copies of one together") {
  const auto first = metric::detection_protocol("icdar2015"), copy = first, second = metric::detection_protocol("icdar2015");
  const std::vector<target::TextAnnotation> truths{{.polygon = box(0, 0, 100, 20)}};
  copy.add(truths, std::vector<Polygon>{box(0, 0, 100, 20)});
  CHECK(first.score().hmean() == 1);
  CHECK(second.score().hmean() == 0);
}

TEST_CASE("an unknown protocol is an error that names the known ones") {
  CHECK_THROWS_WITH_AS(metric::detection_protocol("icdar"), doctest::Contains("icdar: expected one of icdar2015, total-text"), Error);
}
