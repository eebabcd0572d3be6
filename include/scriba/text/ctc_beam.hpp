#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/ctc_frames.hpp>
#include <scriba/text/ctc_language.hpp>
#include <scriba/text/lexicon.hpp>

namespace scriba::ctc {

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
  double log_probability{};  ///< of the frames
  double score{};            ///< what texts are ordered by: log_probability and what the language model adds
};

namespace detail {

inline double log_add(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return low == kImpossible ? high : high + std::log1p(std::exp(low - high));
}

// The classes of one frame that may extend prefixes, and the log-probability of any.
template <class T>
class FrameScores {
 public:
  FrameScores(const Frames<T>& frames, const BeamOptions& options) : frames_(frames), options_(options), log_of_(frames) {}

  void read(std::int64_t t) {
    log_of_.read(t);
    choose();
  }

  double log_probability(std::int64_t c) const { return log_of_(c); }

  struct Candidate {
    std::int64_t label;
    double log_probability;
  };
  const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  // The most probable classes, equal ones by their number; by the raw values, whose order is the probabilities'.
  void choose() {
    const T* row = log_of_.row();
    const auto wanted = static_cast<std::size_t>(options_.candidates > 0 ? options_.candidates : frames_.classes);
    const auto before = [&](std::int64_t a, std::int64_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
    chosen_.clear();
    // Few enter a full heap: one compare a class.
    for (std::int64_t c = 0; c < frames_.classes; ++c) {
      if (c == options_.blank || std::isnan(row[c])) continue;
      if (chosen_.size() < wanted) {
        chosen_.push_back(c);
        if (chosen_.size() == wanted) std::make_heap(chosen_.begin(), chosen_.end(), before);
      } else if (row[c] > row[chosen_.front()]) {
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
  LogProbabilities<T> log_of_;
  std::vector<std::int64_t> chosen_;
  std::vector<Candidate> candidates_;
};

// All label sequences that were ever kept, each once: a tree whose nodes are its prefixes.
class PrefixTree {
 public:
  static constexpr std::size_t kRoot = 0, kNone = static_cast<std::size_t>(-1);

  std::size_t parent(std::size_t at) const { return nodes_[at].parent; }
  std::int64_t last_label(std::size_t at) const { return nodes_[at].label; }

  std::size_t extended(std::size_t at, std::int64_t label) {
    for (std::size_t child = nodes_[at].first_child; child != kNone; child = nodes_[child].sibling)
      if (nodes_[child].label == label) return child;
    nodes_.push_back({at, label, kNone, nodes_[at].first_child});
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
    std::size_t first_child, sibling;
  };
  std::vector<Node> nodes_{{kNone, -1, kNone, kNone}};
};

// A prefix in the beam, or one label more than a prefix in the beam.
struct Reading {
  std::size_t prefix;             // of the beam
  std::int64_t added;             // label after it, or -1
  std::size_t lexicon_state;      // with `added`
  LanguageScore language;         // with `added`
  double ends_blank, ends_label;  // log-probability of ending in a blank, in the last label
  double total;

  double score() const { return total + language.score; }
};

}  // namespace detail

/// Prefix beam search: sums over all alignments of a text, so a text with many likely alignments beats the best path's.
/// Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", 2012, section 7.5.3; Hannun et al., 2014, algorithm 1.
///
/// Returns the most probable texts first, equal ones by their labels. With a lexicon only texts made of its words are returned,
/// which may be none. With a language model texts are ordered, and prefixes kept, by both together. NaN and impossible classes are never
/// read. Throws Error for a width of 0 and a blank that is no class. Per frame: O(classes + width * candidates) time; memory O(classes +
/// width * (frames + candidates)).
template <class T>
std::vector<Hypothesis> beam_search(const Frames<T>& frames, const BeamOptions& options = {}, const Lexicon* lexicon = nullptr,
                                    const LanguageScorer* language = nullptr) {
  using detail::kImpossible, detail::log_add, detail::Reading;
  detail::require_frames(frames);
  if (options.width == 0) throw Error({.what = "bad beam search options", .where = "width", .expected = "at least 1", .got = "0"});
  if (options.blank < 0 || options.blank >= frames.classes)
    throw Error({.what = "bad beam search options", .where = "blank", .expected = "a class", .got = std::to_string(options.blank)});

  detail::PrefixTree tree;
  detail::FrameScores<T> scores(frames, options);
  std::vector<Reading> beam{{tree.kRoot, -1, 0, language ? language->start() : LanguageScore(), 0.0, kImpossible, 0.0}}, next;

  const auto labels = [&](const Reading& reading) {
    auto out = tree.labels(reading.prefix);
    if (reading.added >= 0) out.push_back(reading.added);
    return out;
  };
  const auto better = [&](const Reading& a, const Reading& b) {
    if (a.score() != b.score()) return a.score() > b.score();
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
      next.push_back({from.prefix, -1, from.lexicon_state, from.language, from.total + blank, repeated, 0});
    }
    for (const Reading& from : beam) {  // one label more
      const auto last = tree.last_label(from.prefix);
      const auto first_child = next.size();
      for (const auto& [label, log_probability] : scores.candidates()) {
        const double before = label == last ? from.ends_blank : from.total;  // a repeat needs a blank between
        if (before == kImpossible) continue;
        const std::size_t state = lexicon ? lexicon->next(from.lexicon_state, label) : 0;
        if (state == Lexicon::kNone) continue;
        next.push_back({from.prefix, label, state, language ? language->next(from.language, label) : LanguageScore(), kImpossible,
                        before + log_probability, before + log_probability});
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
      reading.prefix = tree.extended(reading.prefix, reading.added);
      reading.added = -1;
    }
    beam.swap(next);
  }

  if (lexicon) std::erase_if(beam, [&](const Reading& reading) { return !lexicon->complete(reading.lexicon_state); });
  if (language)
    for (Reading& reading : beam) reading.language = language->end(reading.language);
  std::sort(beam.begin(), beam.end(), better);
  std::vector<Hypothesis> out;
  for (std::size_t i = 0; i < std::min(beam.size(), options.results); ++i)
    out.push_back({tree.labels(beam[i].prefix), beam[i].total, beam[i].score()});
  return out;
}

}  // namespace scriba::ctc
