#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/train/text_labels.hpp>

namespace scriba::train {

/// Which share of the texts of a data set an alphabet spells, and what it lacks: to be known before a recogniser is trained.
class AlphabetCoverage {
 public:
  explicit AlphabetCoverage(Alphabet alphabet) : alphabet_(std::move(alphabet)) {}

  /// Counts a text, UTF-8, as it is to be learnt.
  void add(std::string_view text) {
    const auto unknown = report_.unknown_characters;
    text_labels(text, alphabet_, UnknownInText::leave_out, -1, report_);
    if (report_.unknown_characters == unknown) return;
    for (const auto& character : utf8::code_points(text))
      if (alphabet_.encode(character, UnknownCharacter::skip).unknown > 0) ++missing_[character];
  }

  const TextReport& report() const { return report_; }

  /// Texts that are not learnt, 0..1; 0 without texts.
  double unusable_share() const {
    return report_.texts > 0 ? static_cast<double>(report_.unusable()) / static_cast<double>(report_.texts) : 0;
  }

  /// What the alphabet lacks and how often it occurs, the most frequent first; of equal ones the smaller code point.
  std::vector<std::pair<std::string, std::int64_t>> missing() const {
    std::vector<std::pair<std::string, std::int64_t>> out(missing_.begin(), missing_.end());
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.second > b.second; });
    return out;
  }

  /// "30 texts, 4 unknown characters, 3 left out for them; lacking: é 3, Ü 1": the first `most` of what is missing.
  std::string line(std::size_t most = 20) const {
    auto out = report_.line();
    std::size_t named = 0;
    for (const auto& [character, count] : missing()) {
      if (named == most) return out + ", ...";
      out += (named++ == 0 ? "; lacking: " : ", ") + character + " " + std::to_string(count);
    }
    return out;
  }

 private:
  Alphabet alphabet_;
  TextReport report_;
  std::map<std::string, std::int64_t> missing_;
};

}  // namespace scriba::train
