#include <scriba/data/word_set.hpp>

#include <doctest/doctest.h>

#include "image/image_bytes.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using data::WordSet;

TEST_CASE("a list's words") {
  const TemporaryFolder folder;
  const auto bytes = image_test::encoded(image_test::gradient(30, 20), ".png");
  folder.file("a.png", {bytes.begin(), bytes.end()});
  const auto words = WordSet::open(folder.file("list.txt", "a.png\tone\nnone.png\ttwo\n"));
  REQUIRE(words.size() == 2);
  CHECK(words.text(1) == "two");
  CHECK(words.bytes(0) == bytes);
  CHECK(words.image(0).size() == cv::Size(30, 20));
  CHECK(words.name(0) == (folder / "a.png").string());
  CHECK(words.file(0) == folder / "a.png");
  CHECK_THROWS_WITH_AS(words.image(1), doctest::Contains("none.png: expected a file, got no such file"), Error);
  CHECK_THROWS_WITH_AS(words.bytes(1), doctest::Contains("none.png"), Error);
  CHECK_THROWS_WITH_AS(words.bytes(0, 10), doctest::Contains("at most 10 bytes"), Error);
  CHECK_THROWS_WITH_AS(words.text(2), doctest::Contains("expected an index below 2, got 2"), Error);
  CHECK(WordSet().size() == 0);
  CHECK_THROWS_AS(WordSet().text(0), Error);
  CHECK_THROWS_WITH_AS(WordSet::open(folder / "none.txt"), doctest::Contains("none.txt"), Error);
}
