#include <scriba/target/db_maps.hpp>

#include <doctest/doctest.h>

#include "target/pages.hpp"

using namespace scriba;
using namespace scriba::target;

namespace {

const cv::Size kSize(96, 64);

DbMaps draw(const PageAnnotation& page, TargetReport& report, DbMapOptions options = {}) {
  DbMaps maps;
  report = draw_db_maps(page, options, maps);
  return maps;
}

int count(const cv::Mat& map) { return cv::countNonZero(map); }

}  // namespace

TEST_CASE("a box, pixel by pixel") {
  // 40 x 20 pixels: shrunk and grown by 800 * (1 - 0.4^2) / 120 = 5.6.
  TargetReport report;
  const DbMaps maps = draw(pages::page(kSize, {pages::box(10, 20, 50, 40)}), report, {.classes = 3});
  CHECK(report == TargetReport{.texts = 1});
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x) {
      CHECK(maps.shrink(y, x) == (x >= 16 && x <= 44 && y >= 26 && y <= 34 ? 1 : 0));
      CHECK(maps.classes(y, x) == (x >= 10 && x <= 50 && y >= 20 && y <= 40 ? 1 : 0));
      CHECK(maps.shrink_mask(y, x) == 1);
      if (x >= 10 && x <= 50 && y >= 14 && y <= 46) CHECK(maps.threshold_mask(y, x) == 1);
      if (x < 4 || x > 56 || y < 14 || y > 46) CHECK(maps.threshold_mask(y, x) == 0);
    }
  const auto level = [](double distance) { return doctest::Approx(0.3 + 0.4 * (1 - distance / 5.6)); };
  CHECK(maps.threshold(20, 30) == level(0));
  CHECK(maps.threshold(22, 30) == level(2));
  CHECK(maps.threshold(17, 30) == level(3));
  CHECK(maps.threshold(16, 7) == level(5));  // 3 and 4 away from the corner
  CHECK(maps.threshold(30, 30) == doctest::Approx(0.3));
  CHECK(maps.threshold(63, 95) == doctest::Approx(0.3));
}

TEST_CASE("the direction and the first corner of a polygon do not matter") {
  const Polygon line = pages::arc({48, 62}, 50, 30, 14);
  TargetReport report;
  const DbMaps maps = draw(pages::page(kSize, {line}), report);
  CHECK(report == TargetReport{.texts = 1});
  CHECK(count(maps.shrink) > 200);
  Polygon turned = line;
  std::rotate(turned.begin(), turned.begin() + 5, turned.end());
  for (const Polygon& same : {Polygon{line.rbegin(), line.rend()}, turned}) {
    const DbMaps others = draw(pages::page(kSize, {same}), report);
    CHECK(count(maps.shrink != others.shrink) <= 4);  // Clipper's steps over nearly straight corners depend on the first one
    CHECK(cv::norm(maps.threshold, others.threshold, cv::NORM_INF) < 1e-4);
  }
}

TEST_CASE("curved text: the shrunk line lies in the middle, the band on the outlines") {
  const Polygon line = pages::arc({48, 62}, 50, 30, 14);
  TargetReport report;
  const DbMaps maps = draw(pages::page(kSize, {line}), report);
  const double distance = offset_distance(line, 1 - 0.16);
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x) {
      const double depth = cv::pointPolygonTest(line, Point(static_cast<float>(x), static_cast<float>(y)), true);
      INFO(x, ", ", y, ": ", depth, " inside, band ", distance);
      if (depth > distance + 2) CHECK(maps.shrink(y, x) == 1);
      if (depth < distance - 2) CHECK(maps.shrink(y, x) == 0);
      CHECK(maps.threshold(y, x) == doctest::Approx(0.3 + 0.4 * std::max(0.0, 1 - std::abs(depth) / distance)).epsilon(1e-3));
      if (std::abs(depth) < distance - 2) CHECK(maps.threshold_mask(y, x) == 1);
      if (depth < -distance - 2) CHECK(maps.threshold_mask(y, x) == 0);
    }
}

TEST_CASE("a text that falls apart keeps all its pieces; by the reference's rules one") {
  const Polygon dumbbell{{5, 5}, {35, 5}, {35, 23}, {60, 23}, {60, 5}, {90, 5}, {90, 45}, {60, 45}, {60, 27}, {35, 27}, {35, 45}, {5, 45}};
  TargetReport report;
  cv::Mat labels, shrink;
  draw(pages::page(kSize, {dumbbell}), report).shrink.convertTo(shrink, CV_8U);
  CHECK(cv::connectedComponents(shrink, labels) == 3);  // with the background
  draw(pages::page(kSize, {dumbbell}), report, {.form = TargetForm::reference_shoelace}).shrink.convertTo(shrink, CV_8U);
  CHECK(cv::connectedComponents(shrink, labels) == 2);
}

TEST_CASE("ignored text is masked out and nothing else") {
  TargetReport report;
  DbMaps maps = draw(pages::page(kSize, {pages::box(10, 20, 50, 40), pages::box(60, 20, 90, 40)}, true), report, {.classes = 1});
  CHECK(report == TargetReport{.texts = 2, .ignored = 2});
  CHECK(count(maps.shrink) == 0);
  CHECK(count(maps.threshold_mask) == 0);
  CHECK(count(maps.shrink_mask == 0) == 41 * 21 + 31 * 21);
  CHECK(count(maps.classes == -1) == 41 * 21 + 31 * 21);
  CHECK(count(maps.classes > 0) == 0);
  CHECK(cv::norm(maps.threshold, cv::Mat_<float>(kSize, 0.3f), cv::NORM_INF) < 1e-6);
}

TEST_CASE("no text: everything is background that counts") {
  TargetReport report;
  const DbMaps maps = draw({kSize, {}}, report);
  CHECK(report == TargetReport{});
  CHECK(count(maps.shrink) == 0);
  CHECK(count(maps.shrink_mask) == kSize.area());
  CHECK(maps.threshold(5, 5) == doctest::Approx(0.3));
  CHECK(maps.classes.empty());
}

TEST_CASE("too small, shrunk away and of unknown class: ignored and counted") {
  PageAnnotation page = pages::page(kSize, {pages::box(10, 10, 60, 17), pages::box(10, 30, 60, 45)});
  page.texts[1].class_id = 2;
  page.texts.push_back({pages::box(70, 5, 90, 25), "", false, -2});
  TargetReport report;
  const DbMaps maps = draw(page, report, {.classes = 2});
  CHECK(report == TargetReport{.texts = 3, .unfit_size = 1, .unknown_class = 2});
  CHECK(count(maps.shrink) == 0);
  CHECK(count(maps.shrink_mask == 0) == 51 * 8 + 51 * 16 + 21 * 21);
  // A slanted stroke: its rectangle is large, it is not.
  TargetReport hair;
  draw(pages::page(kSize, {{{5, 7}, {7, 5}, {50, 48}, {48, 50}}}), hair);
  CHECK(hair == TargetReport{.texts = 1, .shrunk_away = 1});
}

TEST_CASE("bad polygons never stop a page") {
  PageAnnotation page =
      pages::page(kSize, {pages::box(10, 20, 50, 40), {{5, 5}, {90, 60}, {90, 5}, {5, 60}}, {{1e30f, 1}, {2, 2}, {3, 9}}, {}, {{3, 3}}});
  page.texts[1].polygon = {{60, 20}, {90, 40}, {90, 20}, {60, 40}};
  TargetReport report;
  const DbMaps maps = draw(page, report);
  CHECK(report == TargetReport{.texts = 5, .too_far = 1, .too_few_corners = 2, .crosses_itself = 1});
  CHECK(count(maps.shrink) == 29 * 9);
  CHECK(maps.shrink_mask(30, 65) == 0);
  CHECK(maps.shrink_mask(22, 75) == 0);  // in the hull, though in neither lobe
}

TEST_CASE("thousands of specks") {
  TargetReport report;
  const DbMaps maps = draw(pages::dust({640, 640}, 5000), report);
  CHECK(report.texts == 5000);
  CHECK(report.unfit_size + report.outside + report.no_area == 5000);
  CHECK(count(maps.shrink) == 0);
  CHECK(count(maps.shrink_mask == 0) > 20000);
}

TEST_CASE("maps of the right size are drawn over where they lie") {
  TargetReport report;
  DbMaps maps = draw(pages::page(kSize, {pages::box(10, 20, 50, 40)}), report);
  const float* before = maps.threshold.ptr<float>();
  report = draw_db_maps({kSize, {}}, {}, maps);
  CHECK(maps.threshold.ptr<float>() == before);
  CHECK(count(maps.shrink) == 0);
  CHECK_THROWS_AS(draw_db_maps({cv::Size(0, 0), {}}, {}, maps), Error);
  draw_db_maps({cv::Size(1, 1), {}}, {}, maps);
  CHECK(maps.shrink.size() == cv::Size(1, 1));
}

TEST_CASE("options out of their range are an error") {
  DbMaps maps;
  for (const double value : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH_AS(draw_db_maps({kSize, {}}, {.shrink_ratio = value}, maps), doctest::Contains("shrink_ratio"), Error);
}
