#pragma once

#include <string>
#include <string_view>

#include <scriba/text/letter_case.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba {

enum class LetterCase { as_is, lower, upper };

/// What a recogniser with a small alphabet makes of its labels before it learns, and what texts are made of before they are compared.
/// The steps follow one another as they stand here.
struct TextFolding {
  bool half_width = false;  ///< full-width forms become ASCII: U+FF01 .. U+FF5E, and the ideographic space
  LetterCase letters = LetterCase::as_is;
  bool drop_spaces = false;        ///< spaces, tabs, line ends, no-break and ideographic spaces
  bool alphanumeric_only = false;  ///< keep 0-9, A-Z and a-z alone: the reference's rule for English ("En" in its settings)
};

/// Benchmarks' rule for words of 36 classes: small letters, and digits and ASCII letters alone.
inline constexpr TextFolding kAlphanumericFolding{.letters = LetterCase::lower, .alphanumeric_only = true};

namespace detail {

inline bool is_space(char32_t c) { return (c >= 9 && c <= 13) || c == ' ' || c == 0xA0 || c == 0x3000; }
inline bool is_ascii_alphanumeric(char32_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace detail

/// The folded text. Letters of every script change case, code point by code point (letter_case.hpp; U+0130 becomes an i and its dot).
/// Throws Error for text that is not UTF-8.
inline std::string folded(std::string_view text, const TextFolding& how) {
  constexpr char32_t kDottedCapitalI = 0x130, kDotAbove = 0x307;
  std::string out;
  out.reserve(text.size());
  const auto keep = [&](char32_t c) {
    if (how.drop_spaces && detail::is_space(c)) return;
    if (how.alphanumeric_only && !detail::is_ascii_alphanumeric(c)) return;
    utf8::append(out, c);
  };
  for (const auto& point : utf8::code_points(text)) {
    char32_t c = utf8::value(point);
    if (how.half_width && c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (how.half_width && c == 0x3000) c = ' ';
    if (how.letters == LetterCase::lower && c == kDottedCapitalI) {
      keep('i');
      c = kDotAbove;
    }
    keep(how.letters == LetterCase::lower ? lower_case(c) : how.letters == LetterCase::upper ? upper_case(c) : c);
  }
  return out;
}

}  // namespace scriba
