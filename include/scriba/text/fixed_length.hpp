#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <scriba/text/alphabet.hpp>
#include <scriba/text/ctc_greedy.hpp>

/// Texts as one class for each of a fixed number of positions, for recognisers that see a whole word at once. The class that is the blank
/// of CTC ends the text here.
namespace scriba::fixed_length {

/// Label of the positions after the end; nothing is learnt there.
inline constexpr std::int64_t kIgnored = -1;

/// `positions` labels: the characters, the end, then `ignored`. A text that leaves no room for its end goes without, a longer one is cut.
/// Throws Error as Alphabet::encode does.
inline EncodedText encode(std::string_view text, const Alphabet& alphabet, std::int64_t positions,
                          UnknownCharacter unknown = UnknownCharacter::error, std::int64_t ignored = kIgnored) {
  auto code = alphabet.encode(text, unknown);
  code.labels.push_back(alphabet.blank());
  code.labels.resize(static_cast<std::size_t>(positions), ignored);
  return code;
}

/// The characters before the first end, or all of them when there is none. Their frames are -1: positions are no places in the crop.
/// Score: the mean of the characters' confidences, 0 for an empty text.
inline Transcript decode(std::span<const ctc::Best> best, const Alphabet& alphabet) {
  Transcript out;
  double sum = 0;
  for (const auto& [index, probability] : best) {
    if (index == alphabet.blank()) break;
    out.characters.push_back({index, std::string(alphabet.character(index)), -1, -1, probability});
    out.text += out.characters.back().text;
    sum += static_cast<double>(probability);
  }
  if (!out.characters.empty()) out.score = static_cast<float>(sum / static_cast<double>(out.characters.size()));
  return out;
}

}  // namespace scriba::fixed_length
