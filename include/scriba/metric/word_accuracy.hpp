#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/edit_distance.hpp>
#include <scriba/text/fold.hpp>
#include <scriba/text/utf8.hpp>

/// Scores of recognisers: how many words are read right, and how far the others are off.
namespace scriba::metric {

/// What a word adds to 1-NED: its similarity, from the edit distance d of truth and reading in code points.
enum class Similarity {
  longer,          ///< 1 - d / length of the longer; two empty texts: 1. ICDAR 2019 (ReCTS, LSVT, ArT)
  longer_or_zero,  ///< the same, but 0 when either is empty, two empty ones too: deep-text-recognition-benchmark
  truth,           ///< 1 - d / length of the truth, which may be negative: ICDAR 2017; an empty truth: 1 or 0
};

/// How texts are compared. Equal is what is equal after folding; distances are those of the folded texts, too. No normalisation (NFC,
/// NFKD).
struct WordRule {
  TextFolding folding = {};  ///< none: exact; kAlphanumericFolding: most benchmarks of English words
  Similarity similarity = Similarity::longer;
  bool leave_out_empty = false;  ///< words whose truth folds to nothing do not count, as in PARSeq; this changes the number of words
};

/// How one word went.
struct WordResult {
  bool right{};
  std::size_t distance{};  ///< code points
  double similarity{};
  std::size_t length{};  ///< of the folded truth, code points
};

/// Of any number of words; scores of parts of a data set add up.
struct WordScore {
  std::size_t words{}, right{};
  double similarity{};  ///< sum over the words

  /// Share of the words that are right, 0..1; 0 of none.
  double accuracy() const { return words > 0 ? static_cast<double>(right) / static_cast<double>(words) : 0; }
  /// 1-NED: mean similarity.
  double ned() const { return words > 0 ? similarity / static_cast<double>(words) : 0; }

  void add(const WordResult& word) {
    ++words;
    right += word.right ? 1 : 0;
    similarity += word.similarity;
  }
  WordScore& operator+=(const WordScore& other) {
    words += other.words;
    right += other.right;
    similarity += other.similarity;
    return *this;
  }
};

namespace detail {

inline double similarity(Similarity how, std::size_t distance, std::size_t truth, std::size_t read) {
  const auto of = [&](std::size_t length) { return 1 - static_cast<double>(distance) / static_cast<double>(length); };
  const bool either_empty = truth == 0 || read == 0;
  switch (how) {
    case Similarity::longer_or_zero:
      return either_empty ? 0 : of(std::max(truth, read));
    case Similarity::truth:
      return truth == 0 ? (read == 0 ? 1 : 0) : of(truth);
    case Similarity::longer:
      break;
  }
  return truth == 0 && read == 0 ? 1 : of(std::max(truth, read));
}

}  // namespace detail

/// Compares readings with truths, word by word.
class WordAccuracy {
 public:
  explicit WordAccuracy(WordRule rule = {}) : rule_(rule) {}

  /// How the word went; nothing when it is left out. Throws Error for text that is not UTF-8.
  std::optional<WordResult> add(std::string_view truth, std::string_view read) {
    const auto wanted = folded(truth, rule_.folding), got = folded(read, rule_.folding);
    if (wanted.empty() && rule_.leave_out_empty) {
      ++left_out_;
      return {};
    }
    const auto distance = edit_distance(wanted, got), length = utf8::count(wanted);
    const WordResult out{distance == 0, distance, detail::similarity(rule_.similarity, distance, length, utf8::count(got)), length};
    score_.add(out);
    return out;
  }

  const WordScore& score() const { return score_; }
  std::size_t left_out() const { return left_out_; }

 private:
  WordRule rule_;
  WordScore score_;
  std::size_t left_out_ = 0;
};

/// Scores apart by a number that each word has: its length, the width of its crop.
class WordGroups {
 public:
  /// One group up to and with each of `limits`, which ascend, and one for all that is above. Throws Error for other limits.
  explicit WordGroups(std::vector<std::int64_t> limits) : limits_(std::move(limits)), scores_(limits_.size() + 1) {
    if (!std::is_sorted(limits_.begin(), limits_.end(), std::less_equal<>()))
      throw Error({.what = "bad groups of words", .where = "limits", .expected = "numbers that ascend"});
  }

  void add(std::int64_t value, const WordResult& word) {
    scores_[static_cast<std::size_t>(std::lower_bound(limits_.begin(), limits_.end(), value) - limits_.begin())].add(word);
  }

  std::size_t size() const { return scores_.size(); }
  const WordScore& operator[](std::size_t i) const { return scores_[i]; }

  /// "4-6"; "up to 3" for the first, "7 or more" for the last.
  std::string name(std::size_t i) const {
    if (limits_.empty()) return "all";
    if (i == 0) return "up to " + std::to_string(limits_[0]);
    const auto from = std::to_string(limits_[i - 1] + 1);
    return i == limits_.size() ? from + " or more" : from + "-" + std::to_string(limits_[i]);
  }

 private:
  std::vector<std::int64_t> limits_;
  std::vector<WordScore> scores_;
};

}  // namespace scriba::metric
