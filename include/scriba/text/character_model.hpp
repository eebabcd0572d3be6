#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba {

struct CharacterModelOptions {
  int order = 6;                        ///< characters of an n-gram, 1..16: what follows depends on order - 1 characters before
  std::size_t max_ngrams = 20'000'000;  ///< more are an Error: 16 bytes of memory each, and three times that in training
};

/// How probable each character is after those before it: an n-gram model of lines of text, interpolated Witten-Bell.
/// Witten and Bell, "The Zero-Frequency Problem", IEEE Trans. Information Theory 37(4), 1991, method C; Chen and Goodman, 1999,
/// section 2.6:
///
///     P(c | h) = (count(h c) + types(h) * P(c | h without its first character)) / (count(h) + types(h))
///
/// with count(h) the characters seen after h and types(h) how many different ones; below the empty h, 1 / (characters known + 1), one of
/// which stands for all unknown characters. Characters are code points; each line begins and ends.
class CharacterModel {
 public:
  /// The characters before, as far as they matter. 0: nothing is known of them.
  using State = std::uint32_t;
  static constexpr char32_t kStart = 0x110000, kEnd = 0x110001;  ///< of a line; no code points

  /// Knows nothing: every character has probability 1.
  CharacterModel() : nodes_(1) {}

  /// Throws Error for options out of range, lines that are not UTF-8 (with the line's number), and more n-grams than allowed.
  static CharacterModel train(std::span<const std::string> lines, const CharacterModelOptions& options = {});

  /// A file that save() wrote, or a text file, from whose lines a model is trained; empty lines and carriage returns do not count.
  /// Throws Error for a file that cannot be read, is damaged or has no line.
  static CharacterModel from_file(const std::filesystem::path& path, const CharacterModelOptions& options = {});

  /// What save() writes, to be kept in another file: three to four bytes an n-gram.
  std::string bytes() const;
  /// Takes it back. `where` is for messages. Throws Error when it is damaged.
  static CharacterModel from_bytes(std::string_view bytes, const std::string& where);

  /// Whole or not at all, like write_file(). Throws Error when the file cannot be written.
  void save(const std::filesystem::path& path) const;

  State start() const { return next(0, kStart); }

  /// After one character more.
  State next(State at, char32_t c) const {
    for (;; at = nodes_[at].shorter) {
      if (const Edge* edge = find(at, c); edge && edge->child != 0) return edge->child;
      if (at == 0) return 0;
    }
  }

  /// Natural logarithm of P(c | state), c also kEnd; never minus infinity.
  double log_probability(State at, char32_t c) const { return std::log(probability(at, c)); }

  /// Of a whole line with its end. Throws Error for text that is not UTF-8.
  double log_probability(std::string_view line) const {
    double sum = 0;
    State at = start();
    for (const auto& point : utf8::code_points(line)) {
      const char32_t c = utf8::value(point);
      sum += log_probability(at, c);
      at = next(at, c);
    }
    return sum + log_probability(at, kEnd);
  }

  int order() const { return order_; }
  /// Different characters that were seen, and the end of a line.
  std::size_t characters() const { return nodes_[0].types; }
  std::size_t ngrams() const { return edges_.size(); }

 private:
  struct Edge {
    char32_t c;
    std::uint32_t count, child;  // child: the node of the characters up to c; 0: none, the longest histories have no longer ones
  };
  struct Node {
    std::uint64_t total = 0;                        // of the counts of its edges
    std::uint32_t first = 0, edges = 0, types = 0;  // edges with a count
    State shorter = 0;                              // the same history without its first character
  };

  const Edge* find(State at, char32_t c) const {
    const Edge* begin = edges_.data() + nodes_[at].first;
    const Edge* end = begin + nodes_[at].edges;
    const Edge* found = std::lower_bound(begin, end, c, [](const Edge& edge, char32_t wanted) { return edge.c < wanted; });
    return found != end && found->c == c ? found : nullptr;
  }

  double probability(State at, char32_t c) const {
    const Node& node = nodes_[at];
    const double before = at == 0 ? 1.0 / (static_cast<double>(node.types) + 1) : probability(node.shorter, c);
    if (node.total == 0) return before;
    const Edge* edge = find(at, c);
    return ((edge ? edge->count : 0) + node.types * before) / (static_cast<double>(node.total) + node.types);
  }

  void link();  // totals, types and shorter histories, from the edges

  int order_ = 1;
  std::vector<Node> nodes_;  // breadth first; node 0 is the empty history
  std::vector<Edge> edges_;  // by node, then by character
};

}  // namespace scriba
