#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/lexicon.hpp>

namespace scriba {

/// One character of a transcript and the frames it was read from.
struct CharacterSpan {
  std::int64_t class_index{};
  std::string text;
  std::int64_t first_frame{}, last_frame{};  ///< both included; frame t of T covers the columns t W / T .. (t + 1) W / T of the crop
  float confidence{};                        ///< probability of the class at the first frame, 0..1
};

/// What a recogniser reads in one crop.
struct Transcript {
  std::string text;
  float score{};  ///< 0..1, 0 for an empty text; see ctc::Score
  std::vector<CharacterSpan> characters;
};

namespace ctc {

/// How the confidences of the characters become the score of the text.
enum class Score {
  mean,     ///< PP-OCR
  product,  ///< deep-text-recognition-benchmark
  minimum
};

/// What the numbers of a frame are.
enum class Values {
  probability,      ///< 0..1
  logit,            ///< before the softmax
  log_probability,  ///< after a log-softmax
};

/// A view of what a CTC head returns for one crop: `frames` rows of `classes` numbers, rows `stride` numbers apart.
template <class T>
struct Frames {
  const T* data{};
  std::int64_t frames{}, classes{}, stride{};
  Values values = Values::probability;

  const T* row(std::int64_t t) const { return data + t * stride; }
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

struct BeamOptions {
  std::size_t width = 20;  ///< prefixes kept after each frame, at least 1
  std::int64_t candidates =
      0;                    ///< only this many most probable classes of a frame extend prefixes; 0: all (slow with thousands of classes)
  std::size_t results = 5;  ///< at most
  std::int64_t blank = 0;   ///< class of the blank, see Alphabet::blank()
};

/// One reading of a beam search.
struct Hypothesis {
  std::vector<std::int64_t> labels;
  double log_probability{};
};

namespace detail {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// Largest value of a row without NaN; minus infinity when there is none. Lanes, since one chain of compares would wait for itself.
template <class T>
T largest_of(const T* row, std::int64_t classes) {
  constexpr std::int64_t kLanes = 16;
  T lane[kLanes];
  std::fill(lane, lane + kLanes, -std::numeric_limits<T>::infinity());
  std::int64_t c = 0;
  for (; c + kLanes <= classes; c += kLanes)
    for (std::int64_t i = 0; i < kLanes; ++i) lane[i] = row[c + i] > lane[i] ? row[c + i] : lane[i];
  T largest = *std::max_element(lane, lane + kLanes);
  for (; c < classes; ++c) largest = row[c] > largest ? row[c] : largest;
  return largest;
}

// log of the softmax's denominator, without its largest term's exponent: log sum exp(x - largest). NaN counts as impossible.
// Terms below e^-40 cannot change a sum that holds a 1, whatever the number of classes; most of a trained row are such.
template <class T>
double log_sum(const T* row, std::int64_t classes, T largest) {
  if (std::isinf(largest)) return 0;
  const T negligible = largest - 40;
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c)
    if (row[c] > negligible) sum += std::exp(static_cast<double>(row[c]) - static_cast<double>(largest));
  return std::log(sum);
}

template <class T>
void require_frames(const Frames<T>& frames) {
  if (frames.frames < 0 || frames.classes < 1 || frames.stride < frames.classes || (frames.frames > 0 && !frames.data))
    throw Error({.what = "cannot decode frames",
                 .expected = "at least one class and rows at least that far apart",
                 .got = std::to_string(frames.frames) + " frames of " + std::to_string(frames.classes) + " classes, stride " +
                        std::to_string(frames.stride)});
}

}  // namespace detail

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

/// Best-path decoding: repeats collapse, blanks go. Graves et al., ICML 2006, section 3.2.
///
/// A character's confidence is its probability at the first frame of its run, as in PP-OCR. Classes that the alphabet lacks give no text.
inline Transcript greedy(std::span<const Best> best, const Alphabet& alphabet, const GreedyOptions& options = {}) {
  const auto rounded = [&](double value) { return options.five_decimals ? std::nearbyint(value * 1e5) / 1e5 : value; };
  const auto blank = alphabet.blank();
  Transcript out;
  double sum = 0, product = 1, minimum = 1;
  for (std::size_t t = 0; t < best.size(); ++t) {
    const auto index = best[t].class_index;
    if (index == blank) continue;
    const auto frame = static_cast<std::int64_t>(t);
    if (t > 0 && best[t - 1].class_index == index) {
      out.characters.back().last_frame = frame;
      continue;
    }
    const double confidence = rounded(static_cast<double>(best[t].probability));
    out.characters.push_back({index, std::string(alphabet.character(index)), frame, frame, static_cast<float>(confidence)});
    out.text += out.characters.back().text;
    sum += confidence;
    product *= confidence;
    minimum = std::min(minimum, confidence);
  }
  if (!out.characters.empty()) {
    const auto count = static_cast<double>(out.characters.size());
    out.score = static_cast<float>(rounded(options.score == Score::mean      ? sum / count
                                           : options.score == Score::product ? product
                                                                             : minimum));
  }
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

namespace detail {

inline double log_add(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return low == kImpossible ? high : high + std::log1p(std::exp(low - high));
}

// Log-probabilities of one frame: of any class on demand, and the classes that may extend prefixes.
template <class T>
class FrameScores {
 public:
  FrameScores(const Frames<T>& frames, const BeamOptions& options) : frames_(frames), options_(options) {}

  void read(std::int64_t t) {
    row_ = frames_.row(t);
    if (frames_.values == Values::logit) {
      const T largest = largest_of(row_, frames_.classes);
      scale_ = static_cast<double>(largest) + log_sum(row_, frames_.classes, largest);
    }
    choose();
  }

  double log_probability(std::int64_t c) const {
    const double value = static_cast<double>(row_[c]);
    const double out = frames_.values == Values::probability ? std::log(value) : value - scale_;
    return std::isnan(out) ? kImpossible : out;
  }

  struct Candidate {
    std::int64_t label;
    double log_probability;
  };
  const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  // The most probable classes, equal ones by their number; by the raw values, whose order is the probabilities'.
  void choose() {
    const auto wanted = static_cast<std::size_t>(options_.candidates > 0 ? options_.candidates : frames_.classes);
    const auto before = [&](std::int64_t a, std::int64_t b) { return row_[a] != row_[b] ? row_[a] > row_[b] : a < b; };
    chosen_.clear();
    // Few enter a full heap: one compare a class.
    for (std::int64_t c = 0; c < frames_.classes; ++c) {
      if (c == options_.blank || std::isnan(row_[c])) continue;
      if (chosen_.size() < wanted) {
        chosen_.push_back(c);
        if (chosen_.size() == wanted) std::make_heap(chosen_.begin(), chosen_.end(), before);
      } else if (row_[c] > row_[chosen_.front()]) {
        std::pop_heap(chosen_.begin(), chosen_.end(), before);
        chosen_.back() = c;
        std::push_heap(chosen_.begin(), chosen_.end(), before);
      }
    }
    candidates_.clear();
    for (const auto c : chosen_)
      if (const double value = log_probability(c); value > kImpossible) candidates_.push_back({c, value});
  }

  const Frames<T>& frames_;
  const BeamOptions& options_;
  const T* row_ = nullptr;
  double scale_ = 0;
  std::vector<std::int64_t> chosen_;
  std::vector<Candidate> candidates_;
};

// All label sequences that were ever kept, each once: a tree whose nodes are its prefixes.
class PrefixTree {
 public:
  static constexpr std::size_t kRoot = 0, kNone = static_cast<std::size_t>(-1);

  std::size_t parent(std::size_t at) const { return nodes_[at].parent; }
  std::int64_t last_label(std::size_t at) const { return nodes_[at].label; }
  std::size_t lexicon_state(std::size_t at) const { return nodes_[at].lexicon_state; }

  std::size_t extended(std::size_t at, std::int64_t label, std::size_t lexicon_state) {
    for (std::size_t child = nodes_[at].first_child; child != kNone; child = nodes_[child].sibling)
      if (nodes_[child].label == label) return child;
    nodes_.push_back({at, label, lexicon_state, kNone, nodes_[at].first_child});
    return nodes_[at].first_child = nodes_.size() - 1;
  }

  std::vector<std::int64_t> labels(std::size_t at) const {
    std::vector<std::int64_t> out;
    for (; at != kRoot; at = nodes_[at].parent) out.push_back(nodes_[at].label);
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  struct Node {
    std::size_t parent;
    std::int64_t label;
    std::size_t lexicon_state;
    std::size_t first_child, sibling;
  };
  std::vector<Node> nodes_{{kNone, -1, 0, kNone, kNone}};
};

// A prefix in the beam, or one label more than a prefix in the beam.
struct Reading {
  std::size_t prefix;             // of the beam
  std::int64_t added;             // label after it, or -1
  std::size_t lexicon_state;      // with `added`
  double ends_blank, ends_label;  // log-probability of ending in a blank, in the last label
  double total;
};

}  // namespace detail

/// Prefix beam search: sums over all alignments of a text, so a text with many likely alignments beats the best path's.
/// Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", 2012, section 7.5.3; Hannun et al., 2014, algorithm 1.
///
/// Returns the most probable texts first, equal ones by their labels. With a lexicon only texts made of its words are returned,
/// which may be none. NaN and impossible classes are never read. Throws Error for a width of 0 and a blank that is no class.
/// Per frame: O(classes + width * candidates) time; memory O(classes + width * (frames + candidates)).
template <class T>
std::vector<Hypothesis> beam_search(const Frames<T>& frames, const BeamOptions& options = {}, const Lexicon* lexicon = nullptr) {
  using detail::kImpossible, detail::log_add, detail::Reading;
  detail::require_frames(frames);
  if (options.width == 0) throw Error({.what = "bad beam search options", .where = "width", .expected = "at least 1", .got = "0"});
  if (options.blank < 0 || options.blank >= frames.classes)
    throw Error({.what = "bad beam search options", .where = "blank", .expected = "a class", .got = std::to_string(options.blank)});

  detail::PrefixTree tree;
  detail::FrameScores<T> scores(frames, options);
  std::vector<Reading> beam{{tree.kRoot, -1, 0, 0.0, kImpossible, 0.0}}, next;

  const auto labels = [&](const Reading& reading) {
    auto out = tree.labels(reading.prefix);
    if (reading.added >= 0) out.push_back(reading.added);
    return out;
  };
  const auto better = [&](const Reading& a, const Reading& b) {
    if (a.total != b.total) return a.total > b.total;
    if (a.prefix == b.prefix) return a.added < b.added;
    return labels(a) < labels(b);
  };

  for (std::int64_t t = 0; t < frames.frames; ++t) {
    scores.read(t);
    const double blank = scores.log_probability(options.blank);
    next.clear();
    for (const Reading& from : beam) {  // the same prefixes, one blank or one repeat later
      const auto last = tree.last_label(from.prefix);
      const double repeated = last >= 0 ? from.ends_label + scores.log_probability(last) : kImpossible;
      next.push_back({from.prefix, -1, from.lexicon_state, from.total + blank, repeated, 0});
    }
    for (const Reading& from : beam) {  // one label more
      const auto last = tree.last_label(from.prefix);
      const auto first_child = next.size();
      for (const auto& [label, log_probability] : scores.candidates()) {
        const double before = label == last ? from.ends_blank : from.total;  // a repeat needs a blank between
        if (before == kImpossible) continue;
        const std::size_t state = lexicon ? lexicon->next(from.lexicon_state, label) : 0;
        if (state == Lexicon::kNone) continue;
        next.push_back({from.prefix, label, state, kImpossible, before + log_probability, before + log_probability});
      }
      // A child that is in the beam itself collects both ways to it.
      for (std::size_t i = 0; i < beam.size(); ++i) {
        if (tree.parent(beam[i].prefix) != from.prefix) continue;
        const auto child = std::find_if(next.begin() + static_cast<std::ptrdiff_t>(first_child), next.end(),
                                        [&](const Reading& r) { return r.added == tree.last_label(beam[i].prefix); });
        if (child == next.end()) continue;
        next[i].ends_label = log_add(next[i].ends_label, child->ends_label);
        *child = next.back();
        next.pop_back();
      }
    }
    for (std::size_t i = 0; i < beam.size(); ++i) next[i].total = log_add(next[i].ends_blank, next[i].ends_label);
    std::erase_if(next, [](const Reading& r) { return r.total == kImpossible; });
    if (next.size() > options.width) {
      std::nth_element(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(options.width), next.end(), better);
      next.resize(options.width);
    }
    for (Reading& reading : next) {
      if (reading.added < 0) continue;
      reading.prefix = tree.extended(reading.prefix, reading.added, reading.lexicon_state);
      reading.added = -1;
    }
    beam.swap(next);
  }

  if (lexicon) std::erase_if(beam, [&](const Reading& reading) { return !lexicon->complete(reading.lexicon_state); });
  std::sort(beam.begin(), beam.end(), better);
  std::vector<Hypothesis> out;
  for (std::size_t i = 0; i < std::min(beam.size(), options.results); ++i) out.push_back({tree.labels(beam[i].prefix), beam[i].total});
  return out;
}

}  // namespace ctc
}  // namespace scriba
