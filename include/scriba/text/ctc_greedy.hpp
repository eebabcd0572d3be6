#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/text/alphabet.hpp>
#include <scriba/text/ctc_frames.hpp>
#include <scriba/text/transcript.hpp>

namespace scriba::ctc {

/// How the confidences of the characters become the score of the text.
enum class Score {
  mean,     ///< PP-OCR
  product,  ///< deep-text-recognition-benchmark
  minimum
};

/// The most probable class of one frame.
struct Best {
  std::int64_t class_index{};
  float probability{};
};

struct GreedyOptions {
  Score score = Score::mean;
  bool five_decimals = false;  ///< round confidences and score as RapidOCR 3 does, to compare with it
};

/// Most probable class of every frame. The first of equal classes wins. NaN never wins; a row of NaN gives class 0, probability 0.
/// Throws Error for a view without classes.
template <class T>
std::vector<Best> best_path(const Frames<T>& frames) {
  detail::require_frames(frames);
  std::vector<Best> best(static_cast<std::size_t>(frames.frames));
  for (std::int64_t t = 0; t < frames.frames; ++t) {
    const T* row = frames.row(t);
    const T largest = detail::largest_of(row, frames.classes);
    if (!(largest > -std::numeric_limits<T>::infinity())) continue;
    auto& out = best[static_cast<std::size_t>(t)];
    out.class_index = std::find(row, row + frames.classes, largest) - row;
    switch (frames.values) {
      case Values::probability:
        out.probability = static_cast<float>(largest);
        break;
      case Values::log_probability:
        out.probability = static_cast<float>(std::exp(static_cast<double>(largest)));
        break;
      case Values::logit:
        out.probability = static_cast<float>(std::exp(-detail::log_sum(row, frames.classes, largest)));
        break;
    }
  }
  return best;
}

namespace detail {

// Adds a character, with its confidence as the options have it.
inline void add_character(Transcript& out, const Alphabet& alphabet, const CharacterSpan& span, const GreedyOptions& options) {
  out.characters.push_back(span);
  auto& added = out.characters.back();
  if (options.five_decimals) added.confidence = static_cast<float>(std::nearbyint(static_cast<double>(span.confidence) * 1e5) / 1e5);
  added.text = alphabet.character(span.class_index);
  out.text += added.text;
}

inline float score_of(std::span<const CharacterSpan> characters, const GreedyOptions& options) {
  if (characters.empty()) return 0;
  double sum = 0, product = 1, minimum = 1;
  for (const auto& character : characters) {
    const auto confidence = static_cast<double>(character.confidence);
    sum += confidence;
    product *= confidence;
    minimum = std::min(minimum, confidence);
  }
  const double score = options.score == Score::mean      ? sum / static_cast<double>(characters.size())
                       : options.score == Score::product ? product
                                                         : minimum;
  return static_cast<float>(options.five_decimals ? std::nearbyint(score * 1e5) / 1e5 : score);
}

}  // namespace detail

/// Best-path decoding: repeats collapse, blanks go. Graves et al., ICML 2006, section 3.2.
///
/// A character's confidence is its probability at the first frame of its run, as in PP-OCR. Classes that the alphabet lacks give no text.
inline Transcript greedy(std::span<const Best> best, const Alphabet& alphabet, const GreedyOptions& options = {}) {
  const auto blank = alphabet.blank();
  Transcript out{.frames = static_cast<std::int64_t>(best.size())};
  for (std::size_t t = 0; t < best.size(); ++t) {
    const auto index = best[t].class_index;
    if (index == blank) continue;
    const auto frame = static_cast<std::int64_t>(t);
    if (t > 0 && best[t - 1].class_index == index)
      out.characters.back().last_frame = frame;
    else
      detail::add_character(out, alphabet, {index, {}, frame, frame, best[t].probability}, options);
  }
  out.score = detail::score_of(out.characters, options);
  return out;
}

/// Best-path decoding of probabilities or logits. Throws Error when the alphabet does not have the frames' number of classes.
template <class T>
Transcript greedy(const Frames<T>& frames, const Alphabet& alphabet, const GreedyOptions& options = {}) {
  alphabet.require_classes(frames.classes);
  return greedy(best_path(frames), alphabet, options);
}

/// One character a frame, the blank as `mark`: the reference's raw output, for looking at a recogniser's work.
inline std::string raw_text(std::span<const Best> best, const Alphabet& alphabet, std::string_view mark = "-") {
  std::string out;
  for (const auto& frame : best) out += frame.class_index == alphabet.blank() ? mark : alphabet.character(frame.class_index);
  return out;
}

}  // namespace scriba::ctc
