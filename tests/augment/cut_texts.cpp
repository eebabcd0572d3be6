#include <scriba/augment/cut_texts.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace scriba;
using namespace scriba::augment;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Page page_with(Polygon polygon, bool ignore = false) {
  return {.image = cv::Mat(50, 100, CV_8UC3), .texts = {{.polygon = std::move(polygon), .transcription = "word", .ignore = ignore}}};
}

// 20 x 10 pixels, `inside` of the 20 columns in the image.
Polygon at_left_edge(float inside) { return {{inside - 20.5f, 10}, {inside - 0.5f, 10}, {inside - 0.5f, 20}, {inside - 20.5f, 20}}; }

}  // namespace

TEST_CASE("shares of areas inside are exact") {
  CHECK(share_inside(at_left_edge(20), {100, 50}) == 1);
  CHECK(share_inside(at_left_edge(5), {100, 50}) == doctest::Approx(0.25));
  CHECK(share_inside(at_left_edge(0), {100, 50}) == 0);
  CHECK(share_inside(at_left_edge(-5), {100, 50}) == 0);
  // A diamond around the corner of the image: a quarter of it is inside.
  CHECK(share_inside(Polygon{{99.5f, 39.5f}, {109.5f, 49.5f}, {99.5f, 59.5f}, {89.5f, 49.5f}}, {100, 50}) == doctest::Approx(0.25));
  // An L whose inner corner is the image's: only its thin arms.
  CHECK(share_inside(Polygon{{-10.5f, -10.5f}, {19.5f, -10.5f}, {19.5f, -0.5f}, {-0.5f, -0.5f}, {-0.5f, 19.5f}, {-10.5f, 19.5f}},
                     {100, 50}) == doctest::Approx(0));
  CHECK(share_inside(Polygon{{10, 10}, {20, 10}}, {100, 50}) == 1);
  CHECK(share_inside(Polygon{{-10, 10}, {20, 10}}, {100, 50}) == 1);  // no area: something is inside
  CHECK(share_inside(Polygon{{kNan, 10}, {20, 10}, {20, 20}}, {100, 50}) == 1);
  CHECK(share_inside(Polygon{}, {100, 50}) == 0);
  CHECK(share_inside(Polygon{{0, 0}, {0.2f, 0}, {0.2f, 0.2f}}, {1, 1}) == 1);
}

TEST_CASE("texts are kept, ignored or left out by their share, and counted") {
  const struct {
    float inside;
    bool kept, ignored;
    TextLosses losses;
  } cases[] = {{20, true, false, {}},
               {12, true, false, {}},
               {9, true, true, {.cut = 1}},
               {1, false, false, {.outside = 1}},
               {0, false, false, {.outside = 1}}};
  for (const auto& [inside, kept, ignored, losses] : cases) {
    INFO(inside);
    Page page = page_with(at_left_edge(inside));
    cut_texts(page, {.drop_up_to = 0.1, .ignore_below = 0.5});
    CHECK(page.losses == losses);
    REQUIRE(page.texts.size() == (kept ? 1 : 0));
    if (!kept) continue;
    CHECK(page.texts[0].ignore == ignored);
    CHECK(page.texts[0].polygon == at_left_edge(inside));  // whole
    CHECK(page.texts[0].transcription == "word");
  }
}

TEST_CASE("the rule's ends: everything seen is kept, or nothing that is cut") {
  Page page = page_with(at_left_edge(1));
  cut_texts(page, {.drop_up_to = 0, .ignore_below = 0});
  CHECK_FALSE(page.texts.at(0).ignore);
  CHECK(page.losses == TextLosses{});
  cut_texts(page, {.drop_up_to = 1, .ignore_below = 1});
  CHECK(page.texts.empty());
  Page whole = page_with(at_left_edge(20));
  cut_texts(whole, {.drop_up_to = 1, .ignore_below = 1});
  CHECK(whole.texts.size() == 1);
  CHECK(whole.losses == TextLosses{});
  Page ignored = page_with(at_left_edge(1), true);  // already: not lost here
  cut_texts(ignored, {});
  CHECK(ignored.losses == TextLosses{});
  CHECK(ignored.texts.at(0).ignore);
  CHECK_THROWS_AS(cut_texts(page, {.drop_up_to = -1}), Error);
  CHECK_THROWS_AS(cut_texts(page, {.ignore_below = 2}), Error);
}

TEST_CASE("a moved page has its size, its texts moved and those outside gone") {
  Page page = page_with({{10, 10}, {30, 10}, {30, 20}, {10, 20}});
  const cv::Mat before = page.image;
  page.texts.push_back({.polygon = {{80, 10}, {90, 10}, {90, 20}, {80, 20}}});
  move_page(page, Transform::move(5, 5), {60, 40}, {}, {});
  CHECK(page.image.size() == cv::Size(60, 40));
  CHECK(page.image.data != before.data);
  REQUIRE(page.texts.size() == 1);
  CHECK(page.texts[0].polygon == Polygon{{15, 15}, {35, 15}, {35, 25}, {15, 25}});
  CHECK(page.losses == TextLosses{.outside = 1});
}
