#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <scriba/text/alphabet.hpp>

namespace scriba::ctc {

/// The words that a text may consist of, as a tree over classes.
class Lexicon {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// `separator`: the class between words, usually the space's; -1: the text is exactly one word.
  /// Words with characters that the alphabet lacks cannot be read and are left out, as is the empty word; `skipped()` counts them.
  Lexicon(std::span<const std::string> words, const Alphabet& alphabet, std::int64_t separator = -1) : separator_(separator), nodes_(2) {
    for (const auto& word : words) {
      const auto code = alphabet.encode(word, UnknownCharacter::skip);
      if (code.unknown > 0 || code.labels.empty()) {
        ++skipped_;
        continue;
      }
      std::size_t at = kStart;
      for (const auto label : code.labels) at = child_or_new(at, label);
      nodes_[at].word = true;
    }
  }

  /// State after reading `label` in state `at` (0 is the start), or kNone when no word goes on like this.
  std::size_t next(std::size_t at, std::int64_t label) const {
    if (label == separator_ && nodes_[at].word) return kAfterSeparator;
    const auto& edges = children(at);
    const auto found = std::lower_bound(edges.begin(), edges.end(), label);
    return found != edges.end() && found->label == label ? found->to : kNone;
  }

  /// True when a text may end here: after a word, or at once when a text may have any number of words.
  bool complete(std::size_t at) const { return nodes_[at].word || (at == kStart && separator_ >= 0); }

  std::size_t skipped() const { return skipped_; }

 private:
  struct Edge {
    std::int64_t label;
    std::size_t to;
    friend bool operator<(const Edge& edge, std::int64_t wanted) { return edge.label < wanted; }
  };
  struct Node {
    std::vector<Edge> children;  // by label
    bool word = false;
  };
  // After a separator the words begin anew, but the text may not end.
  static constexpr std::size_t kStart = 0, kAfterSeparator = 1;

  const std::vector<Edge>& children(std::size_t at) const { return nodes_[at == kAfterSeparator ? kStart : at].children; }

  std::size_t child_or_new(std::size_t at, std::int64_t label) {
    auto& edges = nodes_[at].children;
    const auto found = std::lower_bound(edges.begin(), edges.end(), label);
    if (found != edges.end() && found->label == label) return found->to;
    const std::size_t added = nodes_.size();
    edges.insert(found, {label, added});
    nodes_.emplace_back();
    return added;
  }

  std::int64_t separator_;
  std::vector<Node> nodes_;
  std::size_t skipped_ = 0;
};

}  // namespace scriba::ctc
