#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/train/trainer.hpp>

namespace scriba::train {

struct OverfitOptions {
  OptimizerSettings optimizer = {};
  double rate = 1e-3;  ///< constant
  std::int64_t steps = 30;
  double clip_norm = 5;  ///< see TrainerOptions
};

/// The losses of one batch that was learnt again and again.
struct Overfit {
  std::vector<double> losses;  ///< before each step

  /// The least of the last three is below `share` of the first: a network that cannot learn one batch will not learn a data set.
  bool fell(double share = 0.9) const {
    if (losses.size() < 2) return false;
    const auto last = losses.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, losses.size() - 1));
    return *std::min_element(last, losses.end()) < share * losses.front();
  }

  /// "4.70 -> 1.12 in 30 steps".
  std::string line() const {
    char text[96];
    std::snprintf(text, sizeof text, "%.4g -> %.4g in %zu steps", losses.front(), losses.back(), losses.size());
    return text;
  }
};

/// Learns one batch for some steps. `loss()` puts it through `network`, which is changed: give it a copy. Throws Error for less than two
/// steps, and as Trainer does.
inline Overfit overfit_one_batch(std::shared_ptr<torch::nn::Module> network, const OverfitOptions& options,
                                 const std::function<LossTerms()>& loss) {
  if (options.steps < 2)
    throw Error({.what = "cannot overfit a batch", .where = "steps", .expected = "2 or more", .got = std::to_string(options.steps)});
  Trainer trainer(
      std::move(network),
      {.optimizer = options.optimizer, .schedule = {.kind = RateKind::constant, .rate = options.rate}, .clip_norm = options.clip_norm});
  Overfit out;
  while (trainer.steps() < options.steps) out.losses.push_back(trainer.step([&](int) { return loss(); }).terms.front().second);
  return out;
}

}  // namespace scriba::train
