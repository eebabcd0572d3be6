#include <scriba/text/letter_case.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <utility>

using scriba::lower_case, scriba::upper_case;

TEST_CASE("letters of many scripts have their other case") {
  for (const auto& [capital, small] : std::initializer_list<std::pair<char32_t, char32_t>>{{U'A', U'a'},
                                                                                           {U'Z', U'z'},
                                                                                           {U'À', U'à'},
                                                                                           {U'Þ', U'þ'},
                                                                                           {U'Ā', U'ā'},
                                                                                           {U'Ÿ', U'ÿ'},
                                                                                           {U'Ž', U'ž'},
                                                                                           {U'Σ', U'σ'},
                                                                                           {U'Я', U'я'},
                                                                                           {U'Ѐ', U'ѐ'},
                                                                                           {U'Ա', U'ա'},
                                                                                           {U'Ạ', U'ạ'},
                                                                                           {U'Ａ', U'ａ'},
                                                                                           {U'\U00010400', U'\U00010428'}}) {
    CHECK(lower_case(capital) == small);
    CHECK(upper_case(small) == capital);
    CHECK(lower_case(small) == small);
    CHECK(upper_case(capital) == capital);
  }
}

TEST_CASE("what is no letter, or has one case, stays") {
  for (const char32_t c : {U'\0', U'@', U'[', U'`', U'{', U'5', U'×', U'÷', U'ß', U'ı', U'中', U'あ', U'א', U'\U0010FFFF'}) {
    CHECK(lower_case(c) == c);
    CHECK(upper_case(c) == c);
  }
}

TEST_CASE("signs of units and digraphs have small letters, which keep their own capitals") {
  CHECK(lower_case(U'\u212A') == U'k');  // Kelvin
  CHECK(upper_case(U'k') == U'K');
  CHECK(lower_case(U'\u2126') == U'ω');  // Ohm
  CHECK(lower_case(U'ǅ') == U'ǆ');
  CHECK(lower_case(U'ẞ') == U'ß');
}

TEST_CASE("each small letter has one capital") {
  for (char32_t c = 0; c < 0x20000; ++c) {
    if (lower_case(c) != c) CHECK(lower_case(lower_case(c)) == lower_case(c));
    if (upper_case(c) != c) CHECK(lower_case(upper_case(c)) == c);
  }
}
