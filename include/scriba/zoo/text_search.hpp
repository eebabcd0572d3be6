#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <scriba/text/character_model.hpp>

namespace scriba::zoo {

/// How a CTC recogniser of the zoo finds its text. A recogniser without CTC has none of this.
struct TextSearch {
  std::size_t beam_width = 0;             ///< 0: as the file says, the best path if it says nothing; else a beam search, which also needs
                                          ///< the following
  std::vector<std::string> lexicon = {};  ///< a line consists of these words; one that does not is read as it looks
  std::shared_ptr<const CharacterModel> language_model = {};
  double language_weight = 0.3, length_bonus = 0;  ///< see ctc::LanguageScorer
  /// A recogniser's file may bring a character model, and how to search. That is used unless this is false or a beam width is given.
  bool own_language = true;
};

}  // namespace scriba::zoo
