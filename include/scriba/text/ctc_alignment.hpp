#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <scriba/text/alphabet.hpp>
#include <scriba/text/ctc_frames.hpp>
#include <scriba/text/ctc_greedy.hpp>

namespace scriba::ctc {

/// The frames of one label in the most probable alignment of a text.
struct LabelFrames {
  std::int64_t first{}, last{};  ///< both included
  float probability{};           ///< of the label at `first`, 0..1
};

/// Which frames each label of a text was read from: the most probable of the paths that collapse to `labels` (Viterbi). Nothing when no
/// path does: too few frames, labels that are no classes or the blank, or only impossible paths. O(frames * labels) time and memory.
template <class T>
std::vector<LabelFrames> align(const Frames<T>& frames, std::span<const std::int64_t> labels, std::int64_t blank) {
  detail::require_frames(frames);
  for (const auto label : labels)
    if (label < 0 || label >= frames.classes || label == blank) return {};
  if (labels.empty() || frames.frames < static_cast<std::int64_t>(labels.size()) || blank < 0 || blank >= frames.classes) return {};

  // States: blank, label 0, blank, label 1, ..., blank. A state is entered from itself, the one before, or past a blank from another label.
  const std::size_t states = 2 * labels.size() + 1;
  const auto class_of = [&](std::size_t state) { return state % 2 == 0 ? blank : labels[state / 2]; };
  detail::LogProbabilities<T> log_of(frames);
  std::vector<double> score(states, detail::kImpossible), next(states);
  std::vector<std::uint8_t> steps(static_cast<std::size_t>(frames.frames) * states, 0);  // states back
  log_of.read(0);
  score[0] = log_of(blank);
  score[1] = log_of(labels[0]);
  for (std::int64_t t = 1; t < frames.frames; ++t) {
    log_of.read(t);
    for (std::size_t s = 0; s < states; ++s) {
      std::size_t back = 0;
      if (s >= 1 && score[s - 1] > score[s - back]) back = 1;
      if (s >= 2 && s % 2 == 1 && labels[s / 2] != labels[s / 2 - 1] && score[s - 2] > score[s - back]) back = 2;
      next[s] = score[s - back] + log_of(class_of(s));
      steps[static_cast<std::size_t>(t) * states + s] = static_cast<std::uint8_t>(back);
    }
    score.swap(next);
  }
  std::size_t at = score[states - 2] > score[states - 1] ? states - 2 : states - 1;
  if (score[at] == detail::kImpossible) return {};
  std::vector<LabelFrames> out(labels.size(), {-1, -1, 0});
  for (std::int64_t t = frames.frames - 1; t >= 0; --t) {
    if (at % 2 == 1) {
      auto& label = out[at / 2];
      if (label.last < 0) label.last = t;
      label.first = t;
    }
    at -= steps[static_cast<std::size_t>(t) * states + at];
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    log_of.read(out[i].first);
    out[i].probability = static_cast<float>(std::exp(log_of(labels[i])));
  }
  return out;
}

/// A text that a beam search found, with frames and confidences as greedy() has them; without characters when it cannot be aligned.
template <class T>
Transcript aligned(const Frames<T>& frames, std::span<const std::int64_t> labels, const Alphabet& alphabet,
                   const GreedyOptions& options = {}) {
  Transcript out{.frames = frames.frames};
  const auto places = align(frames, labels, alphabet.blank());
  for (std::size_t i = 0; i < places.size(); ++i)
    detail::add_character(out, alphabet, {labels[i], {}, places[i].first, places[i].last, places[i].probability}, options);
  out.text = alphabet.decode(labels);
  out.score = detail::score_of(out.characters, options);
  return out;
}

}  // namespace scriba::ctc
