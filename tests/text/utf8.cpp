#include <scriba/text/utf8.hpp>

#include <doctest/doctest.h>

#include <random>

namespace utf8 = scriba::utf8;

TEST_CASE("text is split into code points and joined again") {
  const std::string text = "aé中😀";
  const auto points = utf8::code_points(text);
  CHECK(points == std::vector<std::string>{"a", "é", "中", "😀"});
  CHECK(utf8::join(points) == text);
  CHECK(utf8::count(text) == 4);
  CHECK(utf8::count("") == 0);
  CHECK(utf8::value(points[2]) == 0x4E2D);
  CHECK(utf8::value(points[3]) == 0x1F600);
}

TEST_CASE("bytes that are not UTF-8 are refused, with their place") {
  const std::string overlong("\xC0\xAF"), surrogate("\xED\xA0\x80"), too_high("\xF4\x90\x80\x80"), stray("\x80"), cut("\xE4\xB8"),
      five("\xF8\x88\x80\x80\x80");
  for (const auto& bad : {overlong, surrogate, too_high, stray, cut, five}) {
    CHECK_FALSE(utf8::valid(bad));
    CHECK_THROWS_WITH_AS(utf8::code_points("ab" + bad), "text is not UTF-8: byte 2", scriba::Error);
    CHECK_THROWS_AS(utf8::count(bad), scriba::Error);
  }
  CHECK(utf8::valid(std::string("\xF4\x8F\xBF\xBF")));  // U+10FFFF, the last
  CHECK(utf8::valid(std::string("a\0b", 3)));
}

TEST_CASE("random bytes are either refused or survive a round trip") {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 8, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (utf8::valid(bytes)) {
      CHECK(utf8::join(utf8::code_points(bytes)) == bytes);
    } else {
      CHECK_THROWS_AS(utf8::code_points(bytes), scriba::Error);
    }
  }
}

TEST_CASE("appending a value is the opposite of value()") {
  for (const auto* text : {"a", "\x7F", "\u0080", "é", "\u07FF", "\u0800", "中", "\uFFFD", "\U00010000", "\U0010FFFF"}) {
    std::string out = "x";
    scriba::utf8::append(out, scriba::utf8::value(text));
    CHECK(out == std::string("x") + text);
  }
}
