#include <scriba/target/text_annotation.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace scriba;
using namespace scriba::target;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinite = std::numeric_limits<float>::infinity();

PageAnnotation page_of(Polygon polygon, bool ignore = false) { return {{100, 80}, {{std::move(polygon), "word", ignore, 0}}}; }

}  // namespace

TEST_CASE("sound texts pass unchanged, of any number of corners") {
  for (const Polygon& polygon : {Polygon{{10, 10}, {50, 10}, {50, 30}}, Polygon{{10, 10}, {50, 10}, {50, 30}, {10, 30}},
                                 Polygon{{10, 10}, {30, 5}, {50, 10}, {50, 30}, {10, 30}}}) {
    TargetReport report;
    const auto clean = clean_annotations(page_of(polygon), OutsideCorners::keep, report);
    REQUIRE(clean.texts.size() == 1);
    CHECK(clean.texts[0].polygon == polygon);
    CHECK_FALSE(clean.texts[0].ignore);
    CHECK(clean.texts[0].transcription == "word");
    CHECK(report == TargetReport{.texts = 1});
  }
}

TEST_CASE("each flaw is counted under its reason and the text ignored") {
  struct Flaw {
    const char* name;
    Polygon polygon;
    std::int64_t TargetReport::*reason;
  };
  Polygon crowd;
  for (int i = 0; i < 1001; ++i)
    crowd.emplace_back(static_cast<float>(50 + 30 * std::cos(i * 0.00627)), static_cast<float>(40 + 30 * std::sin(i * 0.00627)));
  const Flaw flaws[] = {{"NaN", {{10, 10}, {50, 10}, {kNan, 30}, {10, 30}}, &TargetReport::not_finite},
                        {"infinite", {{10, 10}, {kInfinite, 10}, {50, 30}, {10, 30}}, &TargetReport::not_finite},
                        {"far", {{10, 10}, {1e9f, 10}, {1e9f, 30}, {10, 30}}, &TargetReport::too_far},
                        {"crowd", crowd, &TargetReport::too_many_corners},
                        {"two", {{10, 10}, {50, 10}}, &TargetReport::too_few_corners},
                        {"repeated", {{10, 10}, {50, 10}, {10, 10}, {50, 10}}, &TargetReport::too_few_corners},
                        {"straight", {{10, 10}, {30, 20}, {50, 30}}, &TargetReport::no_area},
                        {"tiny", {{10, 10}, {10.5f, 10}, {10.5f, 10.5f}, {10, 10.5f}}, &TargetReport::no_area},
                        {"bow-tie", {{10, 10}, {50, 30}, {50, 10}, {10, 30}}, &TargetReport::crosses_itself}};
  for (const auto& [name, polygon, reason] : flaws) {
    INFO(name);
    TargetReport report, expected{.texts = 1};
    expected.*reason = 1;
    const auto clean = clean_annotations(page_of(polygon), OutsideCorners::move_to_edge, report);
    CHECK(report == expected);
    CHECK(report.unusable() == 1);
    REQUIRE(clean.texts.size() == 1);
    CHECK(clean.texts[0].ignore);
    for (const Point& p : clean.texts[0].polygon) CHECK((p.x >= 0 && p.x <= 99 && p.y >= 0 && p.y <= 79));
    // Somebody already asked to ignore it: no more than that.
    TargetReport ignored;
    clean_annotations(page_of(polygon, true), OutsideCorners::move_to_edge, ignored);
    CHECK(ignored == TargetReport{.texts = 1, .ignored = 1});
  }
}

TEST_CASE("a text without a single finite corner leaves no region, only its count") {
  TargetReport report;
  CHECK(clean_annotations(page_of({{kNan, 0}, {kNan, 1}, {0, kNan}}), OutsideCorners::keep, report).texts.empty());
  CHECK(clean_annotations(page_of({}), OutsideCorners::keep, report).texts.empty());
  CHECK(report == TargetReport{.texts = 2, .not_finite = 1, .too_few_corners = 1});
}

TEST_CASE("a bow-tie is ignored as a whole: its convex hull") {
  TargetReport report;
  const auto clean = clean_annotations(page_of({{10, 10}, {50, 30}, {50, 10}, {10, 30}}), OutsideCorners::keep, report);
  REQUIRE(clean.texts.size() == 1);
  CHECK(area(clean.texts[0].polygon) == 800);
}

TEST_CASE("corners outside move to the edge or stay; texts beside the image go") {
  const Polygon across{{-20, 10}, {50, 10}, {50, 30}, {-20, 30}};
  TargetReport report;
  CHECK(clean_annotations(page_of(across), OutsideCorners::keep, report).texts.at(0).polygon == across);
  CHECK(clean_annotations(page_of(across), OutsideCorners::move_to_edge, report).texts.at(0).polygon ==
        Polygon{{0, 10}, {50, 10}, {50, 30}, {0, 30}});
  CHECK(report == TargetReport{.texts = 2});
  for (const Point shift : {Point(200, 0), Point(-200, 0), Point(0, 200), Point(0, -200)}) {
    Polygon beside = across;
    for (Point& p : beside) p += shift;
    TargetReport gone;
    CHECK(clean_annotations(page_of(beside), OutsideCorners::keep, gone).texts.empty());
    CHECK(gone == TargetReport{.texts = 1, .outside = 1});
  }
  // A bow-tie beside the image is counted and masks nothing.
  TargetReport bow_tie;
  CHECK(clean_annotations(page_of({{110, 10}, {150, 30}, {150, 10}, {110, 30}}), OutsideCorners::move_to_edge, bow_tie).texts.empty());
  CHECK(bow_tie == TargetReport{.texts = 1, .crosses_itself = 1});
  // Less than a pixel of it is in the image.
  TargetReport sliver;
  const auto clean = clean_annotations(page_of({{10, 78.99f}, {50, 78.99f}, {50, 120}, {10, 120}}), OutsideCorners::move_to_edge, sliver);
  CHECK(clean.texts.at(0).ignore);
  CHECK(sliver == TargetReport{.texts = 1, .no_area = 1});
}

TEST_CASE("the reference calls upright boxes empty, and turns the others the same way round") {
  const Polygon box{{10, 10}, {50, 10}, {50, 30}, {10, 30}}, leaning{{10, 12}, {50, 10}, {50, 30}, {10, 32}};
  const auto run = [](const Polygon& polygon, TargetForm form) {
    TargetReport report;
    return clean_annotations(page_of(polygon), OutsideCorners::move_to_edge, report, form).texts.at(0);
  };
  CHECK(run(box, TargetForm::reference).ignore);
  CHECK_FALSE(run(box, TargetForm::reference_shoelace).ignore);
  CHECK_FALSE(run(leaning, TargetForm::reference).ignore);
  CHECK(run(leaning, TargetForm::reference).polygon == leaning);  // sum of dx * dy / 2 = -80
  CHECK(run(Polygon{leaning.rbegin(), leaning.rend()}, TargetForm::reference_shoelace).polygon == leaning);
}

TEST_CASE("reports add up and read well") {
  TargetReport sum{.texts = 10, .ignored = 2, .unfit_size = 1};
  sum += TargetReport{.texts = 5, .unfit_size = 2, .unknown_class = 1};
  CHECK(sum == TargetReport{.texts = 15, .ignored = 2, .unfit_size = 3, .unknown_class = 1});
  CHECK(sum.line() == "15 texts, 2 ignored, 3 of unfit size, 1 of unknown class");
  CHECK(TargetReport{}.line() == "0 texts");
  CHECK(sum.unusable() == 4);
}

TEST_CASE("an image without size is an error") {
  TargetReport report;
  for (const cv::Size size : {cv::Size(0, 10), cv::Size(10, 0), cv::Size(-5, 10), cv::Size(10, 1 << 20)}) {
    CHECK_THROWS_WITH_AS(clean_annotations({size, {}}, OutsideCorners::keep, report), doctest::Contains("PageAnnotation::size"), Error);
  }
}
