#include <scriba/text/spaces.hpp>

#include <doctest/doctest.h>

using scriba::Transcript, scriba::ctc::with_spaces;

namespace {

// One frame a character.
Transcript line(std::initializer_list<std::pair<const char*, int>> characters) {
  Transcript out{.score = 0.5f, .frames = 100};
  for (const auto& [text, frame] : characters) {
    out.text += text;
    out.characters.push_back({1, text, frame, frame, 0.9f});
  }
  return out;
}

}  // namespace

TEST_CASE("a wide gap between letters becomes a space with frames of its own") {
  const auto read = line({{"t", 2}, {"o", 4}, {"b", 9}, {"e", 11}, {"s", 13}});
  const auto spaced = with_spaces(read, {.gap = 1.8});
  CHECK(spaced.text == "to bes");
  REQUIRE(spaced.characters.size() == 6);
  CHECK(spaced.characters[2].class_index == -1);
  CHECK(spaced.characters[2].first_frame == 5);
  CHECK(spaced.characters[2].last_frame == 8);
  CHECK(spaced.score == read.score);
  CHECK(with_spaces(read, {}).text == "tobes");
  CHECK(with_spaces(read, {.gap = 3}).text == "tobes");
}

TEST_CASE("no space beside a space, between characters of scripts without them, and in short or unplaced texts") {
  CHECK(with_spaces(line({{"a", 0}, {" ", 6}, {"b", 12}, {"c", 14}, {"d", 16}, {"e", 18}}), {.gap = 1.8}).text == "a bcde");
  CHECK(with_spaces(line({{"日", 0}, {"本", 2}, {"語", 9}, {"文", 11}}), {.gap = 1.8}).text == "日本語文");
  CHECK(with_spaces(line({{"a", 0}, {"b", 2}, {"c", 20}}), {.gap = 1.8}).text == "abc");
  CHECK(with_spaces(line({{"a", -1}, {"b", -1}, {"c", -1}, {"d", -1}}), {.gap = 1.8}).text == "abcd");
  CHECK(with_spaces(line({}), {.gap = 1.8, .tidy = true}).text.empty());
}

TEST_CASE("tidy texts have no space at their ends and one between words") {
  const auto tidy = with_spaces(line({{" ", 0}, {"a", 1}, {" ", 2}, {"\u3000", 3}, {"b", 4}, {" ", 5}, {" ", 6}}), {.tidy = true});
  CHECK(tidy.text == "a b");
  CHECK(tidy.characters.size() == 3);
  CHECK(with_spaces(line({{" ", 0}, {" ", 1}}), {.tidy = true}).text.empty());
}
