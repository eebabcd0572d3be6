#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/character_model.hpp>

namespace scriba::ctc {

/// What a language model says of a text so far.
struct LanguageScore {
  double score = 0;  ///< to be added to the text's log-probability
  CharacterModel::State state = 0;
};

/// A character model as a beam search uses it: each class adds weight * log P(its characters | text so far) + length_bonus.
/// After Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs", 2014, equation 6.
class LanguageScorer {
 public:
  /// A bonus above 0 makes up for each character's making a text less probable. Throws Error without a model.
  LanguageScorer(std::shared_ptr<const CharacterModel> model, const Alphabet& alphabet, double weight = 0.5, double length_bonus = 0)
      : model_(std::move(model)), weight_(weight), length_bonus_(length_bonus) {
    if (!model_) throw Error({.what = "cannot score texts", .expected = "a character model", .got = "none"});
    for (std::int64_t c = 0; c < alphabet.classes(); ++c) {
      auto& characters = characters_.emplace_back();
      for (const auto& point : utf8::code_points(alphabet.character(c))) characters += utf8::value(point);
    }
  }

  LanguageScore start() const { return {0, model_->start()}; }

  /// After one class more. Classes that the alphabet lacks add nothing.
  LanguageScore next(LanguageScore at, std::int64_t label) const {
    if (label < 0 || label >= static_cast<std::int64_t>(characters_.size())) return at;
    for (const char32_t c : characters_[static_cast<std::size_t>(label)]) {
      at.score += weight_ * model_->log_probability(at.state, c) + length_bonus_;
      at.state = model_->next(at.state, c);
    }
    return at;
  }

  /// With the text's end.
  LanguageScore end(LanguageScore at) const {
    at.score += weight_ * model_->log_probability(at.state, CharacterModel::kEnd);
    return at;
  }

 private:
  std::shared_ptr<const CharacterModel> model_;
  double weight_, length_bonus_;
  std::vector<std::u32string> characters_;  // of each class
};

}  // namespace scriba::ctc
