#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <scriba/metric/detection_score.hpp>

namespace scriba::metric {

struct TotalTextOptions {
  double recall_share = 0.7;     ///< of a text that must be covered
  double precision_share = 0.6;  ///< of a detection that must lie on text
  double split_credit = 0.8;     ///< what a text in pieces, or texts in one piece, count
  double ignored_share = 0.5;    ///< a detection is left out when more than this share of it lies on an ignored text
};

/// The protocol of Total-Text (Ch'ng and Chan, ICDAR 2017): DetEval (Wolf and Jolion, IJDAR 8, 2006) on polygons, which gives credit for
/// texts found in pieces and for detections of several texts.
///
/// Shares of areas are rounded to two decimals, as in the benchmark's program. Texts marked `ignore` and detections on them are left out.
class TotalText {
 public:
  explicit TotalText(TotalTextOptions options = {}) : options_(options) {}

  ImageScore add(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections) {
    const detail::Overlaps overlap(truths, detections);
    Image image(overlap, options_);
    for (std::size_t t = 0; t < truths.size(); ++t)
      if (truths[t].ignore) image.out.ignored_truths.push_back(t);
    for (std::size_t d = 0; d < detections.size(); ++d)
      if (std::ranges::any_of(image.out.ignored_truths, [&](std::size_t t) { return overlap.of_detection(t, d) > options_.ignored_share; }))
        image.out.ignored_detections.push_back(d);
    image.one_to_one();
    image.text_in_pieces();
    image.texts_in_one();

    const auto wanted = static_cast<double>(truths.size() - image.out.ignored_truths.size());
    const auto given = static_cast<double>(detections.size() - image.out.ignored_detections.size());
    image.out.score = {detail::ratio(image.precision, given, 0), detail::ratio(image.recall, wanted, 0)};
    precision_ += image.precision, recall_ += image.recall, wanted_ += wanted, given_ += given;
    return image.out;
  }

  DetectionScore score() const { return {detail::ratio(precision_, given_, 0), detail::ratio(recall_, wanted_, 0)}; }

 private:
  // sigma: share of the text that is covered; tau: share of the detection that lies on it.
  struct Image {
    Image(const detail::Overlaps& shared, const TotalTextOptions& limits) : overlap(shared), options(limits) {}

    const detail::Overlaps& overlap;
    const TotalTextOptions& options;
    ImageScore out{};
    double precision{}, recall{};

    static double round(double share) { return std::nearbyint(share * 100) / 100; }
    double sigma(std::size_t t, std::size_t d) const { return round(overlap.of_truth(t, d)); }
    double tau(std::size_t t, std::size_t d) const { return round(overlap.of_detection(t, d)); }

    template <class Says>
    static std::vector<std::size_t> those(std::size_t count, const std::vector<std::size_t>& except, const Says& says) {
      std::vector<std::size_t> found;
      for (std::size_t i = 0; i < count; ++i)
        if (std::ranges::find(except, i) == except.end() && says(i)) found.push_back(i);
      return found;
    }
    template <class Says>
    std::vector<std::size_t> detections(const Says& says) const {
      return those(overlap.detections(), out.ignored_detections, says);
    }
    template <class Says>
    std::vector<std::size_t> truths(const Says& says) const {
      return those(overlap.truths(), out.ignored_truths, says);
    }
    bool truth_used(std::size_t t) const {
      return std::ranges::any_of(out.matches, [&](const auto& match) { return match.truth == t; });
    }
    bool detection_used(std::size_t d) const {
      return std::ranges::any_of(out.matches, [&](const auto& match) { return match.detection == d; });
    }

    void count(std::size_t t, std::size_t d) { out.matches.push_back({t, d}); }

    void one_to_one() {
      for (const std::size_t t : truths([](std::size_t) { return true; })) {
        const auto covering = detections([&](std::size_t d) { return sigma(t, d) > options.recall_share; });
        if (covering.size() != 1 || detections([&](std::size_t d) { return tau(t, d) > options.precision_share; }).size() != 1) continue;
        count(t, covering[0]);
        ++recall, ++precision;
      }
    }

    void text_in_pieces() {
      for (const std::size_t t : truths([&](std::size_t i) { return !truth_used(i); })) {
        if (detections([&](std::size_t d) { return sigma(t, d) > 0; }).size() < 2) continue;
        const auto pieces = detections([&](std::size_t d) { return tau(t, d) >= options.precision_share && !detection_used(d); });
        double covered = 0;
        for (const std::size_t d : pieces) covered += sigma(t, d);
        if (pieces.empty() || covered < options.recall_share) continue;
        const double credit = pieces.size() == 1 ? 1 : options.split_credit;
        for (const std::size_t d : pieces) count(t, d);
        recall += credit, precision += credit * static_cast<double>(pieces.size());
      }
    }

    void texts_in_one() {
      for (const std::size_t d : detections([&](std::size_t i) { return !detection_used(i); })) {
        if (truths([&](std::size_t t) { return tau(t, d) > 0; }).size() < 2) continue;
        // The program asks for the share that it asks of detections, here too.
        const auto texts = truths([&](std::size_t t) { return sigma(t, d) >= options.precision_share && !truth_used(t); });
        double on_text = 0;
        for (const std::size_t t : texts) on_text += tau(t, d);
        if (texts.empty() || on_text < options.precision_share) continue;
        if (texts.size() == 1 && sigma(texts[0], d) < options.recall_share) continue;
        const double credit = texts.size() == 1 ? 1 : options.split_credit;
        for (const std::size_t t : texts) count(t, d);
        recall += credit * static_cast<double>(texts.size()), precision += credit;
      }
    }
  };

  TotalTextOptions options_;
  double precision_{}, recall_{}, wanted_{}, given_{};
};

}  // namespace scriba::metric
