#include <scriba/data/check.hpp>

#include <doctest/doctest.h>

#include <limits>

#include "image/image_bytes.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using data::check_pages, data::check_words, data::PageEntry, data::WordSet;

namespace {

Polygon box(float left, float top, float right, float bottom) { return {{left, top}, {right, top}, {right, bottom}, {left, bottom}}; }

struct Folder : TemporaryFolder {
  Folder() {
    const auto bytes = image_test::encoded(image_test::gradient(100, 80), ".png");
    for (const char* name : {"good.png", "other.png"}) file(name, {bytes.begin(), bytes.end()});
    file("bad.png", "no image");
  }
  PageEntry page(std::vector<target::TextAnnotation> texts, const char* image = "good.png") const {
    return {*this / image, std::move(texts), "gt.txt"};
  }
};

}  // namespace

TEST_CASE("good pages and words have no faults") {
  const Folder folder;
  CHECK(check_pages({}).empty());
  CHECK(check_pages({folder.page({{box(5, 5, 50, 20), "word"}, {box(60, -3, 104, 30), ""}}), folder.page({}, "other.png")}).empty());
  CHECK(check_words(WordSet()).empty());
  CHECK(check_words(WordSet({{folder / "good.png", "a"}, {folder / "other.png", "b"}}), {.alphabet = Alphabet({"a", "b"})}).empty());
}

TEST_CASE("every fault of a page is listed, with its place") {
  const Folder folder;
  const auto says = [&](target::TextAnnotation text, const char* wanted) {
    const auto faults =
        check_pages({folder.page({{box(5, 5, 50, 20), "word"}, std::move(text)})}, {.alphabet = Alphabet({"w", "o", "r", "d"})});
    REQUIRE(faults.size() == 1);
    CHECK(std::string(faults[0].what()).find(wanted) != std::string::npos);
    CHECK(faults[0].text().where.starts_with("gt.txt, text 2 '"));
  };
  says({{{1, 1}, {9, 1}, {1, 1}, {9, 1}}, "word"}, "fewer than three different corners");
  says({{{1, 1}, {9, 1}, {20, 1}}, "word"}, "less than a square pixel");
  says({{{1, 1}, {30, 20}, {30, 1}, {1, 20}}, "word"}, "edges cross");
  says({{{1, 1}, {30, std::numeric_limits<float>::quiet_NaN()}, {30, 1}}, "word"}, "no numbers");
  says({box(100, 5, 105, 20), "word"},
       "outside the image: gt.txt, text 2 'word': expected corners in 100 x 80, got corners from 100, 5 to 105, 20");
  says({box(50, 5, 120, 20), "word"}, "outside the image");
  says({box(5, 5, 50, 20), "word"}, "comes twice: gt.txt, text 2 'word': got text 1 in the same place");
  says({box(5, 30, 50, 40), "w\xFF"}, "not UTF-8");
  says({box(5, 30, 50, 40), "ww xx"}, "lacks characters: gt.txt, text 2 'ww xx': got ' x' in 'ww xx'");
  says({box(5, 30, 50, 40), ""}, "a text is empty");
  CHECK(check_pages({folder.page({{box(5, 30, 50, 40), "###", true}})}, {.alphabet = Alphabet({"w"})}).empty());
}

TEST_CASE("images that are missing, damaged or named twice") {
  const Folder folder;
  std::vector<PageEntry> pages{folder.page({}, "none.png"), folder.page({}, "bad.png"), folder.page({}), folder.page({})};
  std::size_t told = 0;
  const auto faults = check_pages(pages, {.threads = 3, .progress = [&](std::size_t done) { told = done; }});
  CHECK(told == 4);
  REQUIRE(faults.size() == 3);
  CHECK(std::string(faults[0].what()).find("none.png: expected a file") != std::string::npos);
  CHECK(std::string(faults[1].what()).find("bad.png") != std::string::npos);
  CHECK(std::string(faults[2].what()).find("comes twice: " + (folder / "good.png").string() + ": got it as entries 3 and 4") !=
        std::string::npos);
  pages.pop_back();
  CHECK(check_pages(pages, {.images = false}).empty());
}

TEST_CASE("every fault of a set of words") {
  const Folder folder;
  const WordSet words({{folder / "good.png", "ab"}, {folder / "bad.png", ""}, {folder / "none.png", "abX"}, {folder / "good.png", "b"}});
  const auto faults = check_words(words, {.alphabet = Alphabet({"a", "b"})});
  REQUIRE(faults.size() == 5);
  const char* wanted[] = {"a text is empty", "bad.png", "lacks characters", "none.png", "comes twice"};
  for (std::size_t i = 0; i < 5; ++i) CHECK(std::string(faults[i].what()).find(wanted[i]) != std::string::npos);
  // Folded, the third text fits.
  CHECK(check_words(words, {.alphabet = Alphabet({"a", "b", "x"}), .folding = {.letters = LetterCase::lower}, .images = false}).size() ==
        2);
}
