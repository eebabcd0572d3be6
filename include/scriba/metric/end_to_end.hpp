#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/geometry/polygon.hpp>
#include <scriba/metric/detection_score.hpp>
#include <scriba/text/letter_case.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba::metric {

/// A text that was found and read.
struct ReadText {
  Polygon polygon;
  std::string text;  ///< UTF-8
};

struct EndToEndOptions {
  double iou = 0.5;            ///< a reading counts for a text when their intersection over union is larger
  double ignored_share = 0.5;  ///< readings with a larger share of their area on an ignored text count neither way
  bool word_spotting = false;  ///< only words of letters, `min_length` or longer, count; else every text that is not ignored
  std::size_t min_length = 3;
};

namespace detail {

using CodePoints = std::vector<char32_t>;

inline CodePoints lower_code_points(std::string_view text) {
  CodePoints out;
  for (const auto& c : utf8::code_points(text)) out.push_back(lower_case(utf8::value(c)));
  return out;
}

// The signs that a label may have at its ends and a reading need not.
inline bool is_sign(char32_t c) { return std::u32string_view(U"'!?.:,*\"()\u00B7[]/").find(c) != std::u32string_view::npos; }

// Equal, or equal without one sign at the beginning, at the end, or at both.
inline bool same_text(const CodePoints& truth, const CodePoints& read) {
  const auto is = [&](std::size_t from, std::size_t to) {
    return from <= to && to - from == read.size() &&
           std::equal(truth.begin() + static_cast<std::ptrdiff_t>(from), truth.begin() + static_cast<std::ptrdiff_t>(to), read.begin());
  };
  const std::size_t n = truth.size();
  if (is(0, n)) return true;
  if (n == 0) return false;
  const bool first = is_sign(truth.front()), last = is_sign(truth.back());
  return (first && is(1, n)) || (last && is(0, n - 1)) || (first && last && n > 1 && is(1, n - 1));
}

// What word spotting looks for: the word without 's, hyphens at its ends and signs; empty when it is not one to look for.
inline CodePoints spotted_word(CodePoints word, std::size_t min_length) {
  if (word.size() >= 2 && word[word.size() - 2] == U'\'' && word.back() == U's') word.resize(word.size() - 2);
  while (!word.empty() && word.back() == U'-') word.pop_back();
  while (!word.empty() && word.front() == U'-') word.erase(word.begin());
  for (auto& c : word)
    if (is_sign(c)) c = U' ';
  while (!word.empty() && word.back() == U' ') word.pop_back();
  while (!word.empty() && word.front() == U' ') word.erase(word.begin());
  const auto letter = [](char32_t c) {
    const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
    return (in(U'a', U'z') || in(U'A', U'Z') || in(0xC0, 0x1BF) || in(0x1C4, 0x27F) || in(0x386, 0x3FF) || c == U'-') && c != 0xD7 &&
           c != 0xF7;
  };
  return word.size() >= min_length && std::ranges::all_of(word, letter) ? word : CodePoints{};
}

}  // namespace detail

/// The end-to-end and word spotting protocols of ICDAR 2015 Incidental Scene Text, task 4.4 (Karatzas et al., ICDAR 2015).
///
/// A reading counts when it lies on a text as Icdar2015 asks and says the same, in any case; signs at the ends of a label need not be read.
/// As in the benchmark's program, a reading that lies on a text and says something else uses the text up. Lexicons are the reader's
/// business.
class EndToEnd {
 public:
  explicit EndToEnd(EndToEndOptions options = {}) : options_(options) {}

  /// Matches are the readings that are right. Throws Error for texts that are not UTF-8.
  ImageScore add(std::span<const target::TextAnnotation> truths, std::span<const ReadText> readings) {
    std::vector<Polygon> polygons;
    for (const auto& reading : readings) polygons.push_back(reading.polygon);
    const detail::Overlaps overlap(truths, polygons);
    ImageScore out;
    std::vector<char> truth_done(truths.size()), reading_done(readings.size());
    std::vector<detail::CodePoints> words;
    for (std::size_t t = 0; t < truths.size(); ++t) {
      auto word = detail::lower_code_points(truths[t].transcription);
      if (options_.word_spotting) word = detail::spotted_word(std::move(word), options_.min_length);
      if (truths[t].ignore || (options_.word_spotting && word.empty())) out.ignored_truths.push_back(t), truth_done[t] = true;
      words.push_back(std::move(word));
    }
    for (std::size_t d = 0; d < readings.size(); ++d)
      if (std::ranges::any_of(out.ignored_truths, [&](std::size_t t) { return overlap.of_detection(t, d) > options_.ignored_share; }))
        out.ignored_detections.push_back(d), reading_done[d] = true;
    for (std::size_t t = 0; t < truths.size(); ++t)
      for (std::size_t d = 0; d < readings.size() && !truth_done[t]; ++d) {
        if (reading_done[d] || !(overlap.iou(t, d) > options_.iou)) continue;
        truth_done[t] = reading_done[d] = true;
        const auto read = detail::lower_code_points(readings[d].text);
        if (options_.word_spotting ? words[t] == read : detail::same_text(words[t], read)) out.matches.push_back({t, d});
      }

    pooled_.add(out, truths.size(), readings.size());
    return out;
  }

  DetectionScore score() const { return pooled_.score(); }

 private:
  EndToEndOptions options_;
  detail::PooledScore pooled_;
};

}  // namespace scriba::metric
