#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/train/run_log.hpp>

namespace scriba::train {

struct CollapseOptions {
  std::string term = {};     ///< of the loss's terms: how much the outputs vary; empty: nothing is watched
  double least = 1e-3;       ///< of the term, in a network that is alive
  std::int64_t steps = 200;  ///< below it, one after the other, until the network counts as collapsed; 0: never
  bool stop = true;          ///< the run ends with an Error; else it is said on stderr, and the run goes on
};

/// Notices that a network gives the same for whatever it sees: a detector the same value everywhere, a recogniser nothing but blanks. The
/// loss goes on looking plausible then, and hours are lost.
class CollapseWatch {
 public:
  explicit CollapseWatch(CollapseOptions options) : options_(std::move(options)) {}

  /// Counts a step by its terms. True when the network has collapsed with this step; again only after it has recovered.
  /// Throws Error when the loss has no such term.
  bool see(const Scores& terms) {
    if (options_.term.empty() || options_.steps <= 0) return false;
    const auto term = std::ranges::find(terms, options_.term, [](const auto& one) { return one.first; });
    if (term == terms.end())
      throw Error({.what = "cannot watch for a collapse", .where = options_.term, .expected = "a term of the loss", .got = "no such term"});
    in_a_row_ = term->second < options_.least ? in_a_row_ + 1 : 0;
    last_ = term->second;
    return in_a_row_ == options_.steps;
  }

  /// What to say of it.
  Error error(std::int64_t step) const {
    return Error({.what = "the network has collapsed: it gives the same for whatever it sees",
                  .where = "step " + std::to_string(step),
                  .expected = options_.term + " above " + short_text(options_.least) +
                              "; try a lower learning rate, a longer warm-up, or go back to an earlier checkpoint",
                  .got = short_text(last_) + " after " + std::to_string(in_a_row_) + " steps below it"});
  }

  bool stops() const { return options_.stop; }

 private:
  static std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }

  CollapseOptions options_;
  std::int64_t in_a_row_ = 0;
  double last_ = 0;
};

}  // namespace scriba::train
