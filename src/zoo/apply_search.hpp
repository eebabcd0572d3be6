#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <scriba/core/error.hpp>
#include <scriba/io/word_language.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/fixed_length_text.hpp>
#include <scriba/text/ctc_language.hpp>
#include <scriba/text/lexicon.hpp>
#include <scriba/zoo/text_search.hpp>

namespace scriba::zoo::detail {

/// Search of a recogniser for the alphabet of its post-processing. `own`: the character model that its file brings, if any. `name` is for
/// errors.
inline void apply(const TextSearch& search, const std::optional<io::WordLanguage>& own, std::string_view,
                  postprocess::CtcTextOptions& text) {
  if (search.beam_width == 0 && (!search.lexicon.empty() || search.language_model))
    throw Error({.what = "a lexicon and a language model need a beam search", .where = "beam_width", .expected = "at least 1", .got = "0"});
  if (search.beam_width > 0 || !search.own_language) text.beam_width = search.beam_width;
  if (!search.lexicon.empty())
    text.lexicon = std::make_shared<const ctc::Lexicon>(search.lexicon, text.alphabet, text.alphabet.class_of(" "));
  if (search.language_model)
    text.language =
        std::make_shared<const ctc::LanguageScorer>(search.language_model, text.alphabet, search.language_weight, search.length_bonus);
  if (own && search.own_language && search.beam_width == 0) io::apply(*own, text);
}

inline void apply(const TextSearch& search, const std::optional<io::WordLanguage>&, std::string_view name,
                  postprocess::FixedLengthTextOptions&) {
  if (search.beam_width > 0 || !search.lexicon.empty() || search.language_model)
    throw Error({.what = "this recogniser has no such option", .where = std::string(name), .got = "beam width"});
}

}  // namespace scriba::zoo::detail
