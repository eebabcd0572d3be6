#include <scriba/target/pan_maps.hpp>

#include <doctest/doctest.h>

#include "target/pages.hpp"

using namespace scriba;
using namespace scriba::target;

namespace {
const cv::Size kSize(96, 64);
int count(const cv::Mat& map) { return cv::countNonZero(map); }
}  // namespace

TEST_CASE("two boxes and their kernels, numbered in order") {
  // 40 x 20: shrunk by 800 * 0.75 / 120 = 5; 30 x 10: 300 * 0.75 / 80 = 2.8, which rounds to 3.
  PanMaps maps;
  const TargetReport report = draw_pan_maps(pages::page(kSize, {pages::box(10, 20, 50, 40), pages::box(60, 10, 90, 20)}), {}, maps);
  CHECK(report == TargetReport{.texts = 2});
  CHECK(count(maps.text_instance == 1) == 41 * 21);
  CHECK(count(maps.text_instance == 2) == 31 * 11);
  CHECK(count(maps.kernel_instance == 1) == 31 * 11);
  CHECK(count(maps.kernel_instance == 2) == 25 * 5);
  CHECK(count(maps.text) == 41 * 21 + 31 * 11);
  CHECK(count(maps.kernel) == 31 * 11 + 25 * 5);
  CHECK(count(maps.mask) == kSize.area());
}

TEST_CASE("numbers count ignored texts too, and go beyond 255") {
  PageAnnotation page = pages::page({1000, 1000}, {});
  for (int i = 0; i < 300; ++i) {
    const auto left = static_cast<float>(10 + 45 * (i % 20)), top = static_cast<float>(10 + 30 * (i / 20));
    page.texts.push_back({pages::box(left, top, left + 40, top + 20), "", i == 0, 0});
  }
  PanMaps maps;
  CHECK(draw_pan_maps(page, {}, maps) == TargetReport{.texts = 300, .ignored = 1});
  CHECK(count(maps.text_instance == 1) == 0);
  CHECK(count(maps.text_instance == 300) == 41 * 21);
  CHECK(count(maps.kernel_instance == 300) == 31 * 11);
  CHECK(count(maps.mask == 0) == 41 * 21);
}

TEST_CASE("ignored, small, vanished and bad text is only in the mask") {
  PanMaps maps;
  PageAnnotation page =
      pages::page(kSize, {pages::box(5, 5, 45, 10), {{5, 7}, {7, 5}, {50, 48}, {48, 50}}, {{60, 20}, {90, 40}, {90, 20}, {60, 40}}});
  CHECK(draw_pan_maps(page, {}, maps) == TargetReport{.texts = 3, .crosses_itself = 1, .unfit_size = 1, .shrunk_away = 1});
  CHECK(count(maps.text) == 0);
  CHECK(count(maps.kernel) == 0);
  CHECK(maps.mask(7, 20) == 0);
  CHECK(maps.mask(22, 75) == 0);
  CHECK(draw_pan_maps(pages::page(kSize, {pages::box(10, 20, 50, 40)}, true), {}, maps) == TargetReport{.texts = 1, .ignored = 1});
  CHECK(count(maps.text_instance) == 0);
  CHECK(count(maps.mask == 0) == 41 * 21);
}

TEST_CASE("kernels of curved and concave text are inside their text") {
  PanMaps maps;
  const Polygon dumbbell{{5, 5}, {35, 5}, {35, 23}, {60, 23}, {60, 5}, {90, 5}, {90, 45}, {60, 45}, {60, 27}, {35, 27}, {35, 45}, {5, 45}};
  for (const Polygon& line : {pages::arc({48, 62}, 50, 30, 14), dumbbell}) {
    draw_pan_maps(pages::page(kSize, {line}), {}, maps);
    CHECK(count(maps.kernel) > 50);
    CHECK(count(maps.kernel > maps.text) == 0);
  }
  CHECK(maps.kernel_instance(25, 20) == 1);  // both ends of the dumbbell
  CHECK(maps.kernel_instance(25, 75) == 1);
}

TEST_CASE("thousands of specks, and a page of one pixel") {
  PanMaps maps;
  CHECK(draw_pan_maps(pages::dust({640, 640}, 5000), {}, maps).texts == 5000);
  CHECK(count(maps.text) == 0);
  draw_pan_maps({cv::Size(1, 1), {}}, {}, maps);
  CHECK(maps.mask.size() == cv::Size(1, 1));
  CHECK_THROWS_AS(draw_pan_maps({cv::Size(0, 1), {}}, {}, maps), Error);
}

TEST_CASE("options out of their range are an error") {
  PanMaps maps;
  for (const double value : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH_AS(draw_pan_maps({kSize, {}}, {.shrink_ratio = value}, maps), doctest::Contains("shrink_ratio"), Error);
}
