#include <scriba/data/synthetic_text.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/simple.hpp>
#include <scriba/image/read.hpp>
#include <scriba/image/write.hpp>
#include <scriba/text/utf8.hpp>

#include "image/image_bytes.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using data::SyntheticPage, data::SyntheticText, data::SyntheticTextOptions;

namespace {

bool same(const cv::Mat& a, const cv::Mat& b) { return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0; }

cv::Mat filled(const cv::Size& size, const Polygon& polygon) {
  cv::Mat out = cv::Mat::zeros(size, CV_8U);
  std::vector<cv::Point> corners;
  for (const Point& p : polygon) corners.emplace_back(cvRound(p.x), cvRound(p.y));
  cv::fillPoly(out, std::vector{corners}, 255);
  return out;
}

}  // namespace

TEST_CASE("a page's labels are sound: inside, apart, of one word each") {
  const SyntheticText text({.size = {400, 300}, .texts = {6, 10}, .height = {14, 30}, .curved = 0.5});
  std::size_t words = 0, curved = 0;
  for (std::int64_t index = 0; index < 12; ++index) {
    CAPTURE(index);
    const auto page = text.page(3, index);
    CHECK(page.image.size() == cv::Size(400, 300));
    CHECK(page.image.type() == CV_8UC3);
    REQUIRE(page.characters.size() == page.texts.size());
    cv::Mat taken = cv::Mat::zeros(page.image.size(), CV_8U);
    for (std::size_t t = 0; t < page.texts.size(); ++t) {
      const auto& [polygon, transcription, ignore, class_id] = page.texts[t];
      ++words;
      CHECK(utf8::valid(transcription));
      CHECK_FALSE(transcription.empty());
      CHECK_FALSE(ignore);
      CHECK(polygon.size() % 2 == 0);
      CHECK(polygon.size() >= 4);
      curved += polygon.size() > 4;
      CHECK_FALSE(crosses_itself(polygon));
      CHECK(signed_area(polygon) > 20);
      for (const Point& p : polygon) CHECK(cv::Rect(0, 0, 400, 300).contains(cv::Point(cvRound(p.x), cvRound(p.y))));
      const cv::Mat here = filled(page.image.size(), polygon);
      CHECK(cv::countNonZero(here & taken) == 0);
      taken |= here;
      // Characters fill the word, one behind the other.
      CHECK(page.characters[t].size() == utf8::count(transcription));
      double area_of_characters = 0;
      for (const auto& quad : page.characters[t]) area_of_characters += area(quad);
      CHECK(area_of_characters == doctest::Approx(area(polygon)).epsilon(0.1));
      CHECK(distance(page.characters[t].front()[0], polygon.front()) < 0.01);
      CHECK(distance(page.characters[t].back()[2], polygon[polygon.size() / 2]) < 0.01);
    }
  }
  CHECK(words > 60);
  CHECK(curved > 15);
  CHECK(curved < words - 15);
}

TEST_CASE("letters are where the labels say") {
  const TemporaryFolder folder;
  write_image(folder / "grey.png", cv::Mat(500, 500, CV_8UC3, cv::Scalar::all(128)));
  const SyntheticText text({.backgrounds = {folder / "grey.png"}, .size = {500, 400}, .texts = {5, 8}, .height = {20, 40}, .curved = 0.5});
  std::size_t inside = 0, outside = 0, empty = 0, words = 0;
  for (std::int64_t index = 0; index < 10; ++index) {
    const auto page = text.page(5, index);
    cv::Mat grey, ink, all = cv::Mat::zeros(page.image.size(), CV_8U);
    cv::GaussianBlur(page.image, grey, {}, 1);  // most of the noise goes
    cv::absdiff(grey, cv::Scalar::all(128), grey);
    cv::transform(grey, ink, cv::Matx13f(0.114f, 0.587f, 0.299f));
    ink = ink > 30;
    for (const auto& one : page.texts) {
      const cv::Mat here = filled(page.image.size(), one.polygon);
      const auto pixels = cv::countNonZero(here & ink);
      empty += pixels * 30 < cv::countNonZero(here);
      inside += static_cast<std::size_t>(pixels);
      all |= here;
      ++words;
    }
    outside += static_cast<std::size_t>(cv::countNonZero(ink & ~all));
  }
  MESSAGE(words, " words, ", inside, " pixels of letters inside, ", outside, " outside");
  CHECK(words > 40);
  CHECK(outside * 20 < inside);
  CHECK(empty * 20 < words);  // a word of dots has little
}

TEST_CASE("seed and index alone decide, on any thread") {
  const SyntheticText text({.size = {200, 150}, .texts = {2, 4}, .height = {12, 24}});
  std::vector<SyntheticPage> pages;
  for (std::int64_t index = 0; index < 8; ++index) pages.push_back(text.page(1, index));
  CHECK_FALSE(same(pages[0].image, pages[1].image));
  CHECK_FALSE(same(pages[0].image, text.page(2, 0).image));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::int64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::int64_t n = 0; n < 8; ++n) {
          const auto index = (n * 3 + t) % 8;
          const auto page = text.page(1, index);
          const auto& wanted = pages[static_cast<std::size_t>(index)];
          if (!same(page.image, wanted.image) || page.texts.size() != wanted.texts.size()) ++wrong;
        }
      });
  }
  CHECK(wrong == 0);
  const SyntheticText again({.size = {200, 150}, .texts = {2, 4}, .height = {12, 24}});
  CHECK(same(again.page(1, 5).image, pages[5].image));
}

TEST_CASE("word crops hold one of the words") {
  const SyntheticText text({.words = {"Scriba", "two words", "\xC3\xA9t\xC3\xA9"}, .height = {16, 32}, .curved = 0.2});
  std::set<std::string> seen;
  for (std::int64_t index = 0; index < 40; ++index) {
    const auto word = text.word(1, index);
    seen.insert(word.text);
    CHECK(word.image.type() == CV_8UC3);
    CHECK(word.image.cols > 20);
    CHECK(word.image.rows > 8);
    cv::Mat mean, deviation;
    cv::meanStdDev(word.image, mean, deviation);
    CHECK(*std::max_element(deviation.begin<double>(), deviation.end<double>()) > 10);  // not one colour
  }
  CHECK(seen == std::set<std::string>{"Scriba", "two words", "\xC3\xA9t\xC3\xA9"});
  CHECK(same(text.word(1, 7).image, text.word(1, 7).image));
}

TEST_CASE("without fonts, OpenCV's strokes write ASCII") {
  const SyntheticText text({.words = {"Scriba 1"}, .strokes = true, .size = {300, 200}, .texts = {2, 3}, .height = {16, 24}});
  const auto page = text.page(1, 0);
  REQUIRE_FALSE(page.texts.empty());
  CHECK(page.characters[0].size() == 8);
  for (const auto& quad : page.characters[0]) CHECK(area(quad) > 20);
  CHECK(text.word(1, 0).image.rows > 10);
  CHECK_THROWS_WITH_AS(SyntheticText({.words = {"\xC3\xA9"}, .strokes = true}), doctest::Contains("is not ASCII"), Error);
  CHECK_THROWS_WITH_AS(SyntheticText({.fonts = {"a.ttf"}, .strokes = true}), doctest::Contains("no fonts with them"), Error);
}

TEST_CASE("no text, and no room for text") {
  CHECK(SyntheticText({.texts = {0, 0}}).page(1, 0).texts.empty());
  CHECK(SyntheticText({.words = {"a rather long line of text"}, .size = {40, 40}, .texts = {3, 3}, .height = {30, 30}})
            .page(1, 0)
            .texts.empty());
}

TEST_CASE("settings and files that make no sense are said") {
  const TemporaryFolder folder;
  const auto refused = [](SyntheticTextOptions options, const char* says) {
    CHECK_THROWS_WITH_AS(SyntheticText(std::move(options)), doctest::Contains(says), Error);
  };
  refused({.words = {"a", ""}}, "word 2: expected letters in UTF-8, got nothing");
  refused({.words = {"\xFF"}}, "word 1");
  refused({.fonts = {folder.file("a.ttf", "no font")}}, "a.ttf: expected ");
  refused({.fonts = {folder / "none.ttf"}}, "none.ttf: expected a font file, got no such file");
  refused({.backgrounds = {folder / "none.jpg"}}, "none.jpg");
  refused({.size = {640, 10}}, "sides of 32 to 16384 pixels");
  refused({.texts = {5, 2}}, "texts");
  refused({.height = {2, 20}}, "height");
  refused({.curved = 1.5}, "curved");
  refused({.perspective = 0.9}, "perspective");
}
