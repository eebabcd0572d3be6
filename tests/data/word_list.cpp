#include <scriba/data/word_list.hpp>

#include <doctest/doctest.h>

#include <scriba/core/error.hpp>

#include "io/temporary_folder.hpp"

using namespace scriba;
using data::parse_word_list, data::WordForm;

TEST_CASE("image, TAB, text") {
  const auto words = parse_word_list("\xEF\xBB\xBFword 1.png\tto be, or\r\n\nb.png\t a\tb \nc.png\t\n", "list");
  REQUIRE(words.size() == 3);
  CHECK(words[0].image == "word 1.png");
  CHECK(words[0].text == "to be, or");
  CHECK(words[1].text == " a\tb ");
  CHECK(words[1].line == 3);
  CHECK(words[2].text.empty());
  CHECK(parse_word_list("", "list").empty());
}

TEST_CASE("IIIT5K: image, space, text") {
  const auto words = parse_word_list("train/1009_2.png You\ntrain/1017_1.png \"a,b\"\n", "train.tags", {.root = "/data"});
  REQUIRE(words.size() == 2);
  CHECK(words[0].image == "/data/train/1009_2.png");
  CHECK(words[0].text == "You");
  CHECK(words[1].text == "\"a,b\"");
}

TEST_CASE("ICDAR's word crops") {
  const auto words = parse_word_list(
      "word_1.png, \"Genaxis Theatre\"\r\nword_2.png, \"say \\\"hi\\\", \\\\o\"\r\nword_3.png, plain\nword_4.png, \"\"\"\n", "gt.txt");
  REQUIRE(words.size() == 4);
  CHECK(words[0].text == "Genaxis Theatre");
  CHECK(words[1].text == "say \"hi\", \\o");
  CHECK(words[2].text == "plain");
  CHECK(words[3].text == "\"");
}

TEST_CASE("ICDAR 2003's word.xml") {
  const auto words = parse_word_list("<imagelist><image file=\"word/1/1.jpg\" tag=\"&quot;self&quot;\" /></imagelist>", "word.xml");
  REQUIRE(words.size() == 1);
  CHECK(words[0].image == "word/1/1.jpg");
  CHECK(words[0].text == "\"self\"");
  CHECK_THROWS_WITH_AS(parse_word_list("<imagelist><image file=\"a.jpg\" /></imagelist>", "word.xml"),
                       "cannot read labels: word.xml: expected <image file=\"..\" tag=\"text\" />, got 'a.jpg'", Error);
  CHECK_THROWS_WITH_AS(parse_word_list("<imagelist>", "word.xml"), doctest::Contains("word.xml, line 1: expected XML"), Error);
}

TEST_CASE("other lines are refused with their number and the form") {
  const auto refused = [](const char* content, const char* says, WordForm form = WordForm::automatic) {
    CHECK_THROWS_WITH_AS(parse_word_list(content, "list.txt", {.form = form}), doctest::Contains(says), Error);
  };
  refused("a.png\tx\nb.png y\n", "list.txt, line 2: expected image<TAB>text, got 'b.png y'");
  refused("a.png, \"x\"\nb.png\n", "list.txt, line 2: expected image, \"text\", got 'b.png'");
  refused("a.png x\n\nb.png\n", "list.txt, line 3: expected image text, with a space between, got 'b.png'");
  refused("a.png x\n", "image<TAB>text", WordForm::tab);
  refused("\tx\n", "line 1");
  refused("a.png\t\xFF\n", "list.txt, line 1: expected a text in UTF-8");
  std::size_t bad = 0;
  CHECK(parse_word_list("a.png\tx\nb\nc\n", "l", {.bad_entry = [&](const Error&) { ++bad; }}).size() == 1);
  CHECK(bad == 2);
  CHECK_THROWS_WITH_AS(data::read_word_list("no/such/list.txt"), doctest::Contains("no/such/list.txt"), Error);
}

TEST_CASE("lists are written as they are read, relative to their folder") {
  const TemporaryFolder folder;
  const std::vector<data::WordEntry> words{{"a b.png", "x\ty"}, {"/c.png", ""}};
  const auto again = data::read_word_list(folder.file("words.txt", data::word_list(words)));
  REQUIRE(again.size() == 2);
  CHECK(again[0].image == folder / "a b.png");
  CHECK(again[0].text == "x\ty");
  CHECK(again[1].image == "/c.png");
  CHECK_THROWS_WITH_AS(data::word_list({{"a\tb", "x"}}), doctest::Contains("no TAB"), Error);
  CHECK_THROWS_WITH_AS(data::word_list({{"a", "x\ny"}}), doctest::Contains("no line breaks"), Error);
}
