#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include <scriba/text/fold.hpp>
#include <scriba/text/transcript.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba::ctc {

/// What is done about spaces after a text was read: recognisers lose some between words.
struct SpaceRule {
  /// A space is put between two characters whose centres are more than `gap` times the line's median distance apart; 0: never. 1.8 suits
  /// printed lines. Not beside a space, and not between characters of scripts that have none (U+2E80 and above).
  double gap = 0;
  bool tidy = false;  ///< spaces at either end go, several become one
};

namespace detail {

inline bool is_space(const CharacterSpan& character) {
  const auto points = utf8::code_points(character.text);
  return !points.empty() && std::ranges::all_of(points, [](const auto& p) { return scriba::detail::is_space(utf8::value(p)); });
}

inline bool in_spaced_script(const CharacterSpan& character) {
  const auto points = utf8::code_points(character.text);
  return !points.empty() && !is_space(character) && std::ranges::all_of(points, [](const auto& p) { return utf8::value(p) < 0x2E80; });
}

// Twice the middle frame of a character.
inline double centre(const CharacterSpan& character) { return static_cast<double>(character.first_frame + character.last_frame); }

}  // namespace detail

/// The transcript with its spaces as the rule has them. The score stays. Lines of fewer than four characters have no median to go by and
/// get no space; characters without frames neither.
inline Transcript with_spaces(Transcript transcript, const SpaceRule& rule) {
  if (rule.gap <= 0 && !rule.tidy) return transcript;
  auto& characters = transcript.characters;
  const bool placed = std::ranges::all_of(characters, [](const auto& c) { return c.first_frame >= 0; });
  if (rule.gap > 0 && characters.size() >= 4 && placed) {
    std::vector<double> distances;
    for (std::size_t i = 1; i < characters.size(); ++i)
      distances.push_back(detail::centre(characters[i]) - detail::centre(characters[i - 1]));
    auto sorted = distances;
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2));
    const double wide = rule.gap * sorted[sorted.size() / 2];
    std::vector<CharacterSpan> out;
    for (std::size_t i = 0; i < characters.size(); ++i) {
      if (i > 0 && distances[i - 1] > wide && detail::in_spaced_script(characters[i - 1]) && detail::in_spaced_script(characters[i])) {
        const auto first = characters[i - 1].last_frame + 1, last = std::max(first, characters[i].first_frame - 1);
        out.push_back({-1, " ", first, last, std::min(characters[i - 1].confidence, characters[i].confidence)});
      }
      out.push_back(characters[i]);
    }
    characters = std::move(out);
  }
  if (rule.tidy) {
    std::vector<CharacterSpan> out;
    for (auto& character : characters)
      if (!detail::is_space(character) || (!out.empty() && !detail::is_space(out.back()))) out.push_back(std::move(character));
    if (!out.empty() && detail::is_space(out.back())) out.pop_back();
    characters = std::move(out);
  }
  transcript.text.clear();
  for (const auto& character : characters) transcript.text += character.text;
  return transcript;
}

}  // namespace scriba::ctc
