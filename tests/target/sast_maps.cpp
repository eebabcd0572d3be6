#include <scriba/target/sast_maps.hpp>

#include <doctest/doctest.h>

#include "target/pages.hpp"

using namespace scriba;
using namespace scriba::target;

namespace {
const cv::Size kSize(256, 128);
int count(const cv::Mat& map) { return cv::countNonZero(map); }

SastMaps draw(const PageAnnotation& page, TargetReport& report, SastMapOptions options = {}) {
  SastMaps maps;
  report = draw_sast_maps(page, options, maps);
  return maps;
}
}  // namespace

TEST_CASE("a box at stride 4, by hand") {
  // In map pixels: 10, 10 to 50, 22. The centre line has 30 % of the height, rows 14.2 to 17.8; its score ends 0.15 * 12 before the text.
  TargetReport report;
  const SastMaps maps = draw(pages::page(kSize, {pages::box(40, 40, 200, 88)}), report);
  CHECK(report == TargetReport{.texts = 1});
  REQUIRE(maps.score.size() == cv::Size(64, 32));
  for (int row = 0; row < 32; ++row)
    for (int column = 0; column < 64; ++column) {
      const bool centre = column >= 10 && column <= 50 && row >= 14 && row <= 18, score = centre && column >= 12 && column <= 48;
      const auto x = static_cast<float>(column), y = static_cast<float>(row);
      INFO(x, ", ", y);
      CHECK(maps.score(row, column) == (score ? 1 : 0));
      CHECK(maps.mask(row, column) == 1);
      const float border[] = {10.f - y, 0, 22.f - y, 0, 2 / 12.f};
      for (std::size_t i = 0; i < 5; ++i) CHECK(maps.border[i](row, column) == doctest::Approx(score ? border[i] : 0.f));
      const float tvo[] = {x - 10.f, y - 10.f, x - 50.f, y - 10.f, x - 50.f, y - 22.f, x - 10.f, y - 22.f, 1 / 12.f};
      for (std::size_t i = 0; i < 9; ++i) CHECK(maps.tvo[i](row, column) == doctest::Approx(centre ? tvo[i] : 0.f));
      const float tco[] = {x - 30.f, y - 16.f, 1 / 12.f};
      for (std::size_t i = 0; i < 3; ++i) CHECK(maps.tco[i](row, column) == doctest::Approx(centre ? tco[i] : 0.f));
    }
}

TEST_CASE("more corners on the same outline change nothing, even or odd") {
  TargetReport report;
  const SastMaps plain = draw(pages::page(kSize, {pages::box(40, 40, 200, 88)}), report);
  const Polygon six{{40, 40}, {120, 40}, {200, 40}, {200, 88}, {120, 88}, {40, 88}},
      five{{40, 40}, {120, 40}, {200, 40}, {200, 88}, {40, 88}};
  for (const Polygon& polygon : {six, five}) {
    const SastMaps maps = draw(pages::page(kSize, {polygon}), report);
    CHECK(report == TargetReport{.texts = 1});
    CHECK(count(maps.score != plain.score) == 0);
    for (std::size_t i = 0; i < 4; ++i) CHECK(cv::norm(maps.border[i], plain.border[i], cv::NORM_INF) < 1e-4);
    for (std::size_t i = 0; i < 9; ++i) CHECK(cv::norm(maps.tvo[i], plain.tvo[i], cv::NORM_INF) < 1e-3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(cv::norm(maps.tco[i], plain.tco[i], cv::NORM_INF) < 1e-3);
  }
}

TEST_CASE("curved text: pixels of the centre line see both sides at the half height") {
  TargetReport report;
  const SastMaps maps = draw(pages::page({512, 512}, {pages::arc({256, 400}, 240, 160, 14)}), report);
  CHECK(report == TargetReport{.texts = 1});
  REQUIRE(count(maps.score) > 100);
  // The pixels of a quad's outline count, of which the whole line has fewer than its quads together.
  CHECK(count((maps.score > 0) & (maps.tvo[8] == 0)) < count(maps.score) / 20);
  for (int y = 0; y < maps.score.rows; ++y)
    for (int x = 0; x < maps.score.cols; ++x) {
      if (maps.score(y, x) == 0) continue;
      const double up = std::hypot(maps.border[0](y, x), maps.border[1](y, x)),
                   down = std::hypot(maps.border[2](y, x), maps.border[3](y, x));
      CHECK(up + down == doctest::Approx(20).epsilon(0.05));  // 80 pixels high
      CHECK(std::abs(up - down) < 9);
      CHECK(maps.border[0](y, x) < 0);
      CHECK(maps.border[2](y, x) > 0);
    }
}

TEST_CASE("mirrored text is turned around") {
  TargetReport report;
  const SastMaps plain = draw(pages::page(kSize, {pages::box(40, 40, 200, 88)}), report);
  const SastMaps mirrored = draw(pages::page(kSize, {{{200, 40}, {40, 40}, {40, 88}, {200, 88}}}), report);
  CHECK(count(mirrored.score != plain.score) == 0);
  for (std::size_t i = 0; i < 8; ++i) CHECK(cv::norm(mirrored.tvo[i], plain.tvo[i], cv::NORM_INF) < 1e-4);
}

TEST_CASE("upside-down text: the direction across is the mean of two angles near 180 degrees") {
  // Sides run to the left, a little up the one, a little down the other: 180 and -180 degrees.
  const StripQuad quad{StripPoint(10, 10), StripPoint(10, 50), StripPoint(30, 51), StripPoint(30, 9)};
  CHECK(std::abs(std::abs(target::detail::upward(quad, TargetForm::corrected)) - std::numbers::pi) < 0.1);
  CHECK(std::abs(target::detail::upward(quad, TargetForm::reference)) < 0.1);
}

TEST_CASE("ignored, bad, small and large text is masked out; the reference weighs ignored text with 0.15") {
  TargetReport report;
  const auto ignored = pages::page(kSize, {pages::box(40, 40, 200, 88)}, true);
  SastMaps maps = draw(ignored, report);
  CHECK(report == TargetReport{.texts = 1, .ignored = 1});
  CHECK(count(maps.mask == 0) == 41 * 13);
  CHECK(count(maps.score) == 0);
  CHECK(count(maps.tvo[8]) == 0);
  maps = draw(ignored, report, {.form = TargetForm::reference});
  CHECK(count(maps.mask == 0.15f) == 41 * 13);

  maps = draw(pages::page(kSize, {{{40, 40}, {200, 88}, {200, 40}, {40, 88}}}), report);
  CHECK(report == TargetReport{.texts = 1, .crosses_itself = 1});
  CHECK(count(maps.mask == 0) == 41 * 13);
  CHECK(count(maps.score) == 0);

  const auto thin = pages::page(kSize, {pages::box(40, 40, 200, 43)});
  maps = draw(thin, report);
  CHECK(report == TargetReport{.texts = 1, .unfit_size = 1});
  CHECK(count(maps.tvo[8]) == 0);
  CHECK(count(maps.mask == 0) > 0);
  maps = draw(thin, report, {.form = TargetForm::reference});
  CHECK(count(maps.tvo[8]) > 0);
  CHECK(count(maps.mask == 0) == 0);
  draw(pages::page({2048, 2048}, {pages::box(0, 0, 1000, 900)}), report);
  CHECK(report == TargetReport{.texts = 1, .unfit_size = 1});
}

TEST_CASE("text beyond the image, thousands of specks, pages of less than a stride") {
  TargetReport report;
  SastMaps maps = draw(pages::page(kSize, {pages::box(-60, 40, 100, 88), pages::box(300, 40, 400, 88)}), report);
  CHECK(report == TargetReport{.texts = 2, .outside = 1});
  CHECK(maps.score(16, 0) == 1);
  CHECK(maps.tvo[0](16, 5) == 5);  // corners are moved into the map
  maps = draw(pages::dust({512, 512}, 5000), report);
  CHECK(report.texts == 5000);
  CHECK(count(maps.mask) < 128 * 128);
  CHECK_THROWS_WITH_AS(draw({cv::Size(3, 100), {}}, report), doctest::Contains("stride of 4"), Error);
  CHECK(draw({cv::Size(4, 4), {}}, report).score.size() == cv::Size(1, 1));
}

TEST_CASE("options out of their range are an error") {
  SastMaps maps;
  for (const double value : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH_AS(draw_sast_maps({kSize, {}}, {.end_ratio = value}, maps), doctest::Contains("end_ratio"), Error);
}
