#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/expm1.h>

#include <scriba/head/ctc.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct FocalCtcOptions {
  CtcOptions ctc = {};  ///< its `length_weight` and `reference_batch` play no part
  double alpha = 0.95;  ///< factor of the whole, above 0
  double gamma = 1.0;   ///< the larger, the less a text counts that is read well already; 0: none
};

/// alpha (1 - p)^gamma (-log p) for each -log p in `each`, any shape, none below 0.
inline at::Tensor focal_ctc(const at::Tensor& each, double alpha = 0.95, double gamma = 1.0) {
  // The floor keeps the gradient finite for gamma < 1 where a text is read for certain.
  return alpha * at::expm1(-each).neg().clamp_min(1e-12).pow(gamma) * each;
}

/// CTC in which texts that are read well count less, for alphabets with rare characters: Feng et al., "Focal CTC Loss for Chinese Optical
/// Character Recognition on Unbalanced Datasets", Complexity 2019.
///
/// Mean over the texts that Ctc learns from. Terms: `focal_ctc`, `too_long`, `empty`. Throws Error as Ctc does.
class FocalCtc {
 public:
  using Options = FocalCtcOptions;
  using Target = CtcTarget;

  explicit FocalCtc(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::CtcSequence& sequence, const Target& target) const {
    const auto samples = ctc_samples(sequence, target, options_.ctc);
    const auto total = samples.mean(focal_ctc(samples.each, options_.alpha, options_.gamma));
    LossTerms out{total, {{"focal_ctc", total}}};
    samples.add_counts(out);
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
