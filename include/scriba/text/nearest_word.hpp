#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <scriba/text/edit_distance.hpp>

namespace scriba {

/// The word of a lexicon that a text most likely stands for: the one with the highest text_similarity(), the first of equals.
struct NearestWord {
  std::size_t index{};
  double similarity{};  ///< 0..1
};

/// Nothing for an empty lexicon. Case counts: fold both before, where it should not. Takes the time of one edit distance for each word.
inline std::optional<NearestWord> nearest_word(std::string_view text, std::span<const std::string> words) {
  std::optional<NearestWord> best;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (const double similarity = text_similarity(text, words[i]); !best || similarity > best->similarity) best = {i, similarity};
  return best;
}

}  // namespace scriba
