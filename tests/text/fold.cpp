#include <scriba/text/fold.hpp>

#include <doctest/doctest.h>

#include <scriba/core/error.hpp>

using scriba::folded, scriba::LetterCase;

TEST_CASE("nothing is folded unless asked for") { CHECK(folded("It's №5, É\u3000Ａ", {}) == "It's №5, É\u3000Ａ"); }

TEST_CASE("letters change case in every script") {
  CHECK(folded("It's É Straße Привет", {.letters = LetterCase::upper}) == "IT'S É STRAßE ПРИВЕТ");
  CHECK(folded("ÅNGSTRÖM ΩΣ 日本", {.letters = LetterCase::lower}) == "ångström ωσ 日本");
  CHECK(folded("\u0130", {.letters = LetterCase::lower}) == "i\u0307");
}

TEST_CASE("digits and ASCII letters alone") {
  CHECK(folded("It's №5, É", scriba::kAlphanumericFolding) == "its5");
  CHECK(folded("It's №5, É", {.alphanumeric_only = true}) == "Its5");
  CHECK(folded("日本語", scriba::kAlphanumericFolding).empty());
  CHECK(folded("", scriba::kAlphanumericFolding).empty());
}

TEST_CASE("spaces are dropped, full-width forms become ASCII first") {
  CHECK(folded("a b\u00A0c\td\u3000e\r\n", {.drop_spaces = true}) == "abcde");
  CHECK(folded("Ａ１！\u3000～ア", {.half_width = true}) == "A1! ~ア");
  CHECK(folded("Ａ１\u3000", {.half_width = true, .letters = LetterCase::lower, .drop_spaces = true, .alphanumeric_only = true}) == "a1");
}

TEST_CASE("text that is not UTF-8 is refused") { CHECK_THROWS_AS(folded("a\xFF", {}), scriba::Error); }
