#include <scriba/target/pse_kernels.hpp>

#include <doctest/doctest.h>

#include "target/pages.hpp"

using namespace scriba;
using namespace scriba::target;

namespace {
const cv::Size kSize(96, 64);
int count(const cv::Mat& map) { return cv::countNonZero(map); }
}  // namespace

TEST_CASE("kernels of a box, counted by hand") {
  // 60 x 20 pixels, area 1200, perimeter 160: shrunk by whole pixels.
  PseKernels maps;
  const TargetReport report = draw_pse_kernels(pages::page(kSize, {pages::box(10, 10, 70, 30)}), {}, maps);
  CHECK(report == TargetReport{.texts = 1});
  CHECK(count(maps.text) == 61 * 21);
  CHECK(count(maps.mask) == kSize.area());
  REQUIRE(maps.kernels.size() == 6);
  const int shrink[] = {1, 3, 4, 5, 6, 6};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(count(maps.kernels[i]) == (61 - 2 * shrink[i]) * (21 - 2 * shrink[i]));
    CHECK(maps.kernels[i](20, 40) == 1);
    CHECK(maps.kernels[i](10 + shrink[i], 40) == 1);
    CHECK(maps.kernels[i](9 + shrink[i], 40) == 0);
  }
}

TEST_CASE("scales run from the second largest to the smallest") {
  for (int i = 1; i <= 6; ++i) CHECK(pse_scale(i, {}) == doctest::Approx(1 - 0.1 * i));
  CHECK(pse_scale(2, {.maps = 3, .min_scale = 0.5}) == doctest::Approx(0.5));
}

TEST_CASE("kernels of curved text lie in each other") {
  PseKernels maps;
  draw_pse_kernels(pages::page(kSize, {pages::arc({48, 62}, 50, 30, 14)}), {}, maps);
  const cv::Mat* outer = &maps.text;
  for (const auto& kernel : maps.kernels) {
    CHECK(count(kernel) > 0);
    CHECK(count(kernel > *outer) == 0);
    outer = &kernel;
  }
}

TEST_CASE("a text that vanishes keeps its polygon, one that falls apart its pieces, and no kernel is deeper than the limit") {
  PseKernels maps;
  draw_pse_kernels(pages::page(kSize, {pages::box(10, 10, 12, 40)}), {}, maps);
  CHECK(count(maps.kernels[5]) == 3 * 31);
  const Polygon dumbbell{{5, 5}, {35, 5}, {35, 23}, {60, 23}, {60, 5}, {90, 5}, {90, 45}, {60, 45}, {60, 27}, {35, 27}, {35, 45}, {5, 45}};
  draw_pse_kernels(pages::page(kSize, {dumbbell}), {}, maps);
  CHECK(maps.kernels[5](25, 20) == 1);
  CHECK(maps.kernels[5](25, 75) == 1);
  draw_pse_kernels(pages::page({300, 300}, {pages::box(10, 10, 290, 290)}), {}, maps);
  CHECK(maps.kernels[5](30, 150) == 1);
  CHECK(maps.kernels[5](29, 150) == 0);
}

TEST_CASE("ignored text is masked; with the reference's rules its kernels are drawn all the same") {
  PseKernels maps;
  const auto page = pages::page(kSize, {pages::box(10, 10, 70, 30)}, true);
  CHECK(draw_pse_kernels(page, {}, maps) == TargetReport{.texts = 1, .ignored = 1});
  CHECK(count(maps.mask == 0) == 61 * 21);
  CHECK(count(maps.kernels[0]) == 0);
  draw_pse_kernels(page, {.form = TargetForm::reference}, maps);
  CHECK(count(maps.kernels[0]) == 59 * 19);
}

TEST_CASE("text goes on beyond the image, bad text is ignored, specks are kept") {
  PseKernels maps;
  TargetReport report =
      draw_pse_kernels(pages::page(kSize, {pages::box(-30, 10, 30, 30), {{60, 20}, {90, 40}, {90, 20}, {60, 40}}}), {}, maps);
  CHECK(report == TargetReport{.texts = 2, .crosses_itself = 1});
  CHECK(maps.kernels[5](20, 0) == 1);  // not shrunk from the image's edge
  CHECK(maps.mask(22, 75) == 0);
  report = draw_pse_kernels(pages::dust({640, 640}, 3000), {}, maps);
  CHECK(report.texts == 3000);
  CHECK(count(maps.kernels[5]) > 10000);
}

TEST_CASE("fewer than two maps is an error") {
  PseKernels maps;
  CHECK_THROWS_WITH_AS(draw_pse_kernels({kSize, {}}, {.maps = 1}, maps), doctest::Contains("PseKernelOptions::maps"), Error);
  draw_pse_kernels({kSize, {}}, {.maps = 2}, maps);
  CHECK(maps.kernels.size() == 1);
}

TEST_CASE("options out of their range are an error") {
  PseKernels maps;
  for (const double value : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH_AS(draw_pse_kernels({kSize, {}}, {.min_scale = value}, maps), doctest::Contains("min_scale"), Error);
}
