// The protocols that are one comparison each, and what all of them share.
#include <scriba/metric/detection_score.hpp>

#include <doctest/doctest.h>

#include <scriba/metric/ctw1500.hpp>
#include <scriba/metric/msra_td500.hpp>

using namespace scriba;

namespace {

const Polygon kLeft{{0, 0}, {100, 0}, {100, 40}, {0, 40}}, kRight{{4, 0}, {104, 0}, {104, 40}, {4, 40}},
    kFar{{300, 0}, {400, 0}, {400, 40}, {300, 40}};

}  // namespace

TEST_CASE("the harmonic mean") {
  CHECK(metric::DetectionScore{1, 0.5}.hmean() == doctest::Approx(2. / 3));
  CHECK(metric::DetectionScore{}.hmean() == 0);
}

TEST_CASE("CTW1500: a detection takes every text that it reaches and counts once") {
  metric::Ctw1500 protocol;
  const auto image = protocol.add(std::vector<target::TextAnnotation>{{.polygon = kLeft}, {.polygon = kRight, .ignore = true}},
                                  std::vector{kLeft, kRight});
  CHECK(image.matches == std::vector<metric::DetectionMatch>{{0, 0}, {1, 0}});
  CHECK(protocol.score().precision == 0.5);
  CHECK(protocol.score().recall == 0.5);
}

TEST_CASE("MSRA-TD500: one detection serves several texts, a difficult one is not missed") {
  metric::MsraTd500 protocol;
  const auto image =
      protocol.add(std::vector<target::TextAnnotation>{{.polygon = kLeft}, {.polygon = kRight}, {.polygon = kFar, .ignore = true}},
                   std::vector<Polygon>{kLeft});
  CHECK(image.ignored_truths == std::vector<std::size_t>{2});
  CHECK(protocol.score().precision == 2);
  CHECK(protocol.score().recall == 1);
}

TEST_CASE("polygons that cross themselves have the area of their lobes") {
  CHECK(metric::detail::even_odd_area(Polygon{{0, 0}, {10, 10}, {10, 0}, {0, 10}}) == doctest::Approx(50));
}
