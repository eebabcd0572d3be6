#include <scriba/image/draw.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

using scriba::DrawnText;

namespace {
int coloured_pixels(const cv::Mat& picture, cv::Rect place) {
  cv::Mat grey;
  cv::cvtColor(picture(place), grey, cv::COLOR_BGR2GRAY);
  return cv::countNonZero(grey < 200);
}
}  // namespace

TEST_CASE("outlines on the image, texts beside it where they were found") {
  const cv::Mat image(100, 200, CV_8UC3, cv::Scalar::all(255));
  const cv::Mat before = image.clone();
  const std::vector<DrawnText> texts{{{{20, 20}, {120, 20}, {120, 50}, {20, 50}}, "word", .9f}};
  const cv::Mat both = scriba::draw_texts(image, texts);
  CHECK(both.size() == cv::Size(400, 100));
  CHECK(cv::norm(image, before, cv::NORM_INF) == 0);
  CHECK(coloured_pixels(both, {15, 15, 110, 40}) > 100);
  CHECK(coloured_pixels(both, {200 + 21, 21, 98, 28}) > 50);  // letters inside their box
  CHECK(coloured_pixels(both, {200, 55, 200, 45}) == 0);      // and nowhere else
  CHECK(scriba::draw_texts(image, texts, false).size() == cv::Size(200, 100));
  CHECK(scriba::draw_texts(image, {}).size() == cv::Size(400, 100));
}

TEST_CASE("texts of any script leave a mark; long ones stay in their box") {
  const cv::Mat image(60, 300, CV_8UC3, cv::Scalar::all(255));
  for (const char* text : {"Größe №5", "Привет", "中文字符", "日本語テキスト", "한국어", "ไทย",
                           "a very long text that needs small letters to fit into its box"}) {
    CAPTURE(text);
    const cv::Mat page = scriba::draw_texts(image, std::vector<DrawnText>{{{{10, 10}, {200, 10}, {200, 40}, {10, 40}}, text, 1.f}});
    CHECK(coloured_pixels(page, {300 + 11, 11, 188, 28}) > 20);
    CHECK(coloured_pixels(page, {300 + 205, 0, 95, 60}) == 0);
  }
}

TEST_CASE("tall boxes get turned text; slanted ones slanted text") {
  const cv::Mat image(220, 100, CV_8UC3, cv::Scalar::all(255));
  const cv::Mat tall = scriba::draw_texts(image, std::vector<DrawnText>{{{{40, 10}, {60, 10}, {60, 200}, {40, 200}}, "downwards", 1.f}});
  CHECK(coloured_pixels(tall, {100 + 42, 60, 16, 30}) > 10);
  CHECK(coloured_pixels(tall, {165, 0, 35, 220}) == 0);
}

TEST_CASE("odd polygons and texts do no harm") {
  const cv::Mat image(50, 60, CV_8UC3, cv::Scalar::all(255));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<DrawnText> texts{{{}, "nothing", 1.f},
                               {{{nan, 0}, {10, 0}, {10, 10}, {0, 10}}, "nan", 1.f},
                               {{{1e30f, 0}, {10, 0}, {10, 10}, {0, 10}}, "far", 1.f},
                               {{{5, 5}}, "point", 1.f},
                               {{{5, 5}, {50, 5}}, "line", 1.f},
                               {{{5, 5}, {5, 5}, {5, 5}, {5, 5}}, "no extent", 1.f},
                               {{{-900, -900}, {900, -900}, {900, 900}, {-900, 900}}, "around", 1.f},
                               {{{-90, -90}, {-50, -90}, {-50, -50}, {-90, -50}}, "outside", 1.f},
                               {{{5, 5}, {50, 5}, {50, 20}, {5, 20}}, "\xFF\xFE not UTF-8", 1.f},
                               {{{5, 5}, {50, 5}, {50, 20}, {5, 20}}, std::string(3000, 'x'), 1.f}};
  CHECK(scriba::draw_texts(image, texts).size() == cv::Size(120, 50));
  std::mt19937 random(8);
  for (int i = 0; i < 100; ++i) {
    DrawnText one{{}, "text", 1.f};
    for (int k = 0; k < 4; ++k) one.polygon.emplace_back(static_cast<float>(random() % 100) - 20, static_cast<float>(random() % 100) - 20);
    CHECK_FALSE(scriba::draw_texts(image, std::vector<DrawnText>{one}).empty());
  }
  CHECK_THROWS_AS(scriba::draw_texts(cv::Mat(), texts), scriba::Error);
  CHECK_THROWS_AS(scriba::draw_texts(cv::Mat(5, 5, CV_8UC1), texts), scriba::Error);
}
