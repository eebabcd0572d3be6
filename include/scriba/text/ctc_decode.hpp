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

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>

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
enum class Values { probability, logit };

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
  std::int64_t blank = 0;
};

struct BeamOptions {
  std::size_t width = 20;       ///< prefixes kept after each frame
  std::int64_t candidates = 0;  ///< only this many most probable classes of a frame extend prefixes; 0: all (slow with thousands of classes)
  std::size_t results = 5;      ///< at most
  std::int64_t blank = 0;
};

/// One reading of a beam search.
struct Hypothesis {
  std::vector<std::int64_t> labels;
  double log_probability{};
};

/// Most probable class of every frame. The first of equal classes wins. NaN never wins; a row of NaN gives class 0, probability 0.
template <class T>
std::vector<Best> best_path(const Frames<T>& frames) {
  std::vector<Best> best(static_cast<std::size_t>(frames.frames));
  for (std::int64_t t = 0; t < frames.frames; ++t) {
    const T* row = frames.row(t);
    // Sixteen running maxima: one chain of compares would wait for itself.
    constexpr std::int64_t kLanes = 16;
    T lane[kLanes];
    std::fill(lane, lane + kLanes, -std::numeric_limits<T>::infinity());
    std::int64_t c = 0;
    for (; c + kLanes <= frames.classes; c += kLanes)
      for (std::int64_t i = 0; i < kLanes; ++i) lane[i] = row[c + i] > lane[i] ? row[c + i] : lane[i];
    T largest = *std::max_element(lane, lane + kLanes);
    for (; c < frames.classes; ++c) largest = row[c] > largest ? row[c] : largest;
    if (!(largest > -std::numeric_limits<T>::infinity())) continue;
    auto& out = best[static_cast<std::size_t>(t)];
    out.class_index = std::find(row, row + frames.classes, largest) - row;
    if (frames.values == Values::probability) {
      out.probability = static_cast<float>(largest);
    } else {
      double sum = 0;  // softmax of the largest alone: 1 / sum exp(x - largest)
      for (c = 0; c < frames.classes; ++c) sum += std::exp(static_cast<double>(row[c] - largest));
      out.probability = static_cast<float>(1 / sum);
    }
  }
  return best;
}

/// Best-path decoding: repeats collapse, blanks go. Graves et al., ICML 2006, section 3.2.
inline Transcript greedy(std::span<const Best> best, const Alphabet& alphabet, const GreedyOptions& options = {}) {
  Transcript out;
  double sum = 0, product = 1, minimum = 1;
  for (std::size_t t = 0; t < best.size(); ++t) {
    const auto index = best[t].class_index;
    if (index == options.blank) continue;
    if (t > 0 && best[t - 1].class_index == index) {
      out.characters.back().last_frame = static_cast<std::int64_t>(t);
      continue;
    }
    const auto frame = static_cast<std::int64_t>(t);
    out.characters.push_back({index, std::string(alphabet.character(index)), frame, frame, best[t].probability});
    out.text += out.characters.back().text;
    sum += best[t].probability;
    product *= best[t].probability;
    minimum = std::min<double>(minimum, best[t].probability);
  }
  if (!out.characters.empty()) {
    const auto count = static_cast<double>(out.characters.size());
    out.score = static_cast<float>(options.score == Score::mean ? sum / count : options.score == Score::product ? product : minimum);
  }
  return out;
}

/// One character a frame, the blank as `mark`: the reference's raw output, for looking at a recogniser's work.
inline std::string raw_text(std::span<const Best> best, const Alphabet& alphabet, std::string_view mark = "-") {
  std::string out;
  for (const auto& frame : best) out += frame.class_index == 0 ? mark : alphabet.character(frame.class_index);
  return out;
}

/// The words that a text may consist of, as a tree over classes.
class Lexicon {
 public:
  /// `separator`: the class between words, usually the space's; -1: the text is exactly one word.
  /// Words with characters that the alphabet lacks cannot be read and are left out; `skipped()` counts them.
  Lexicon(std::span<const std::string> words, const Alphabet& alphabet, std::int64_t separator = -1) : separator_(separator), nodes_(1) {
    for (const auto& word : words) {
      const auto code = alphabet.encode(word, UnknownCharacter::skip);
      if (code.unknown > 0 || code.labels.empty()) {
        ++skipped_;
        continue;
      }
      std::size_t at = 0;
      for (const auto label : code.labels) {
        std::size_t next = child(at, label);
        if (next == kNone) {
          next = nodes_.size();
          nodes_[at].children.push_back({label, next});
          nodes_.emplace_back();
        }
        at = next;
      }
      nodes_[at].word = true;
    }
    for (auto& node : nodes_) std::sort(node.children.begin(), node.children.end());
    sorted_ = true;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// State after reading `label` in state `at` (0 is the start), or kNone when no word goes on like this.
  std::size_t next(std::size_t at, std::int64_t label) const {
    if (label == separator_ && nodes_[at].word) return 0;
    return child(at, label);
  }
  /// True when a text may end here.
  bool complete(std::size_t at) const { return nodes_[at].word || (at == 0 && separator_ >= 0); }
  std::size_t skipped() const { return skipped_; }

 private:
  struct Edge {
    std::int64_t label;
    std::size_t to;
    auto operator<=>(const Edge&) const = default;
  };
  struct Node {
    std::vector<Edge> children;
    bool word = false;
  };

  std::size_t child(std::size_t at, std::int64_t label) const {
    const auto& edges = nodes_[at].children;
    const auto found = sorted_ ? std::lower_bound(edges.begin(), edges.end(), label, [](const Edge& e, std::int64_t l) { return e.label < l; })
                               : std::find_if(edges.begin(), edges.end(), [&](const Edge& e) { return e.label == label; });
    return found != edges.end() && found->label == label ? found->to : kNone;
  }

  std::int64_t separator_;
  std::vector<Node> nodes_;
  std::size_t skipped_ = 0;
  bool sorted_ = false;
};

namespace detail {

inline double log_add(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return low == -std::numeric_limits<double>::infinity() ? high : high + std::log1p(std::exp(low - high));
}

// A label sequence as a node of the tree of all prefixes met so far.
struct Prefix {
  std::size_t parent;
  std::int64_t label;
  std::size_t lexicon_state;
  std::vector<std::pair<std::int64_t, std::size_t>> children;
};

struct Beam {
  std::size_t prefix;
  double blank, label;  // log-probability of ending in a blank, in the last label
  double total() const { return log_add(blank, label); }
};

inline std::vector<std::int64_t> labels_of(const std::vector<Prefix>& tree, std::size_t at) {
  std::vector<std::int64_t> labels;
  for (; at != 0; at = tree[at].parent) labels.push_back(tree[at].label);
  std::reverse(labels.begin(), labels.end());
  return labels;
}

}  // namespace detail

/// Prefix beam search: sums over all alignments of a text, so a text with many likely alignments beats the best path's.
/// Graves, "Supervised Sequence Labelling with Recurrent Neural Networks", 2012, section 7.5.3; Hannun et al., 2014, algorithm 1.
///
/// Returns the most probable texts first, equal ones by their labels. With a lexicon only texts made of its words are returned,
/// which may be none.
template <class T>
std::vector<Hypothesis> beam_search(const Frames<T>& frames, const BeamOptions& options = {}, const Lexicon* lexicon = nullptr) {
  using detail::Beam;
  if (options.width == 0) throw Error({.what = "bad beam search options", .where = "width", .expected = "at least 1", .got = "0"});
  constexpr double kImpossible = -std::numeric_limits<double>::infinity();
  std::vector<detail::Prefix> tree{{0, -1, 0, {}}};
  std::vector<Beam> beams{{0, 0.0, kImpossible}}, next;
  std::vector<std::size_t> slot{0};  // of each prefix: 1 + its place in `next`
  std::vector<double> log_probability(static_cast<std::size_t>(frames.classes));
  std::vector<std::int64_t> order(static_cast<std::size_t>(frames.classes));

  const auto beam_of = [&](std::size_t prefix) -> Beam& {
    if (slot[prefix] == 0) {
      next.push_back({prefix, kImpossible, kImpossible});
      slot[prefix] = next.size();
    }
    return next[slot[prefix] - 1];
  };
  const auto extended = [&](std::size_t prefix, std::int64_t label) -> std::size_t {
    for (const auto& [known, child] : tree[prefix].children)
      if (known == label) return child;
    const std::size_t state = lexicon ? lexicon->next(tree[prefix].lexicon_state, label) : 0;
    if (state == Lexicon::kNone) return Lexicon::kNone;
    tree[prefix].children.emplace_back(label, tree.size());
    tree.push_back({prefix, label, state, {}});
    slot.push_back(0);
    return tree.size() - 1;
  };
  const auto better = [&](const Beam& a, const Beam& b) {
    const double x = a.total(), y = b.total();
    return x != y ? x > y : detail::labels_of(tree, a.prefix) < detail::labels_of(tree, b.prefix);
  };

  for (std::int64_t t = 0; t < frames.frames; ++t) {
    const T* row = frames.row(t);
    if (frames.values == Values::probability) {
      for (std::int64_t c = 0; c < frames.classes; ++c) log_probability[static_cast<std::size_t>(c)] = std::log(static_cast<double>(row[c]));
    } else {
      const double largest = static_cast<double>(*std::max_element(row, row + frames.classes));
      double sum = 0;
      for (std::int64_t c = 0; c < frames.classes; ++c) sum += std::exp(static_cast<double>(row[c]) - largest);
      const double scale = largest + std::log(sum);
      for (std::int64_t c = 0; c < frames.classes; ++c) log_probability[static_cast<std::size_t>(c)] = static_cast<double>(row[c]) - scale;
    }
    order.clear();
    for (std::int64_t c = 0; c < frames.classes; ++c)
      if (c != options.blank && log_probability[static_cast<std::size_t>(c)] > kImpossible) order.push_back(c);
    if (options.candidates > 0 && static_cast<std::int64_t>(order.size()) > options.candidates) {
      std::nth_element(order.begin(), order.begin() + options.candidates, order.end(), [&](std::int64_t a, std::int64_t b) {
        const double x = log_probability[static_cast<std::size_t>(a)], y = log_probability[static_cast<std::size_t>(b)];
        return x != y ? x > y : a < b;
      });
      order.resize(static_cast<std::size_t>(options.candidates));
    }
    const double blank = log_probability[static_cast<std::size_t>(options.blank)];
    next.clear();
    for (const Beam& beam : beams) {
      const double total = beam.total();
      const auto last = tree[beam.prefix].label;
      {
        Beam& same = beam_of(beam.prefix);
        same.blank = detail::log_add(same.blank, total + blank);
        if (last >= 0) same.label = detail::log_add(same.label, beam.label + log_probability[static_cast<std::size_t>(last)]);
      }
      for (const auto c : order) {
        const double from = c == last ? beam.blank : total;  // a repeat needs a blank between
        if (from == kImpossible) continue;
        const auto child = extended(beam.prefix, c);
        if (child == Lexicon::kNone) continue;
        Beam& longer = beam_of(child);
        longer.label = detail::log_add(longer.label, from + log_probability[static_cast<std::size_t>(c)]);
      }
    }
    for (const Beam& beam : next) slot[beam.prefix] = 0;
    if (next.size() > options.width) {
      std::nth_element(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(options.width), next.end(), better);
      next.resize(options.width);
    }
    beams.swap(next);
  }

  if (lexicon) std::erase_if(beams, [&](const Beam& beam) { return !lexicon->complete(tree[beam.prefix].lexicon_state); });
  std::sort(beams.begin(), beams.end(), better);
  std::vector<Hypothesis> out;
  for (std::size_t i = 0; i < std::min(beams.size(), options.results); ++i)
    out.push_back({detail::labels_of(tree, beams[i].prefix), beams[i].total()});
  return out;
}

}  // namespace ctc
}  // namespace scriba
