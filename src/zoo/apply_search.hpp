#pragma once

#include <memory>

#include <scriba/core/error.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/text/ctc_language.hpp>
#include <scriba/text/lexicon.hpp>

namespace scriba::zoo::detail {

/// Beam search, lexicon and language model of a recogniser's options, for the alphabet of its post-processing.
template <class Options>
void apply_search(const Options& options, postprocess::CtcTextOptions& text) {
  if (options.beam_width == 0 && (!options.lexicon.empty() || options.language_model))
    throw Error({.what = "a lexicon and a language model need a beam search", .where = "beam_width", .expected = "at least 1", .got = "0"});
  text.beam_width = options.beam_width;
  if (!options.lexicon.empty())
    text.lexicon = std::make_shared<const ctc::Lexicon>(options.lexicon, text.alphabet, text.alphabet.class_of(" "));
  if (options.language_model)
    text.language =
        std::make_shared<const ctc::LanguageScorer>(options.language_model, text.alphabet, options.language_weight, options.length_bonus);
}

}  // namespace scriba::zoo::detail
