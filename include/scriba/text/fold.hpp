#pragma once

#include <string>
#include <string_view>

namespace scriba {

enum class LetterCase { as_is, lower, upper };

/// What a recogniser with a small alphabet makes of its labels before it learns or is scored by them.
struct TextFolding {
  LetterCase letters = LetterCase::as_is;
  bool alphanumeric_only = false;  ///< keep 0-9, A-Z and a-z alone: the reference's rule for English ("En" in its settings)
};

/// The folded text. Only ASCII letters change case; other scripts pass unchanged unless `alphanumeric_only` drops them.
inline std::string folded(std::string_view text, const TextFolding& how) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    if (how.alphanumeric_only && !upper && !lower && !digit) continue;
    if (how.letters == LetterCase::lower && upper) c = static_cast<char>(c - 'A' + 'a');
    if (how.letters == LetterCase::upper && lower) c = static_cast<char>(c - 'a' + 'A');
    out += c;
  }
  return out;
}

}  // namespace scriba
