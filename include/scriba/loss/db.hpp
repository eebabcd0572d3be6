#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/head/db.hpp>
#include <scriba/loss/balanced_cross_entropy.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/loss/masked_l1.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct DbOptions {
  double shrink_weight = 1.0;      ///< of the balanced cross-entropy of the shrink map
  double binary_weight = 1.0;      ///< of the dice loss of the differentiable binary map
  double threshold_weight = 10.0;  ///< of the L1 loss of the threshold map
  double negative_ratio = 3.0;     ///< negatives for each positive in the cross-entropy
  double epsilon = 1e-6;
};

/// What a DB detector learns from; all maps [N, H, W], float.
struct DbTarget {
  at::Tensor shrink;          ///< 1 inside the shrunk text polygons, else 0
  at::Tensor shrink_mask;     ///< 0 where text is to be ignored, else 1
  at::Tensor threshold;       ///< 0.3 .. 0.7, highest on the outlines
  at::Tensor threshold_mask;  ///< 1 in the band where the threshold map counts

  std::vector<at::Tensor*> tensors() { return {&shrink, &shrink_mask, &threshold, &threshold_mask}; }  ///< for train::to_device()
};

/// L = L_shrink + 10 L_threshold + L_binary: Liao et al., AAAI 2020, equation 4 (with its alpha = 1, beta = 10).
///
/// Terms `bce`, `dice`, `l1`, unweighted. Without threshold maps (a head in evaluation mode) only `bce` counts.
class Db {
 public:
  using Options = DbOptions;
  using Target = DbTarget;

  explicit Db(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::DbMaps& maps, const Target& target) const {
    const auto predicted = maps.shrink.squeeze(1);
    require_shape("shrink", target.shrink, predicted.sizes());
    require_shape("shrink_mask", target.shrink_mask, predicted.sizes());
    const auto shrink = balanced_cross_entropy(predicted, target.shrink, target.shrink_mask, options_.negative_ratio, options_.epsilon);
    LossTerms out{options_.shrink_weight * shrink, {{"bce", shrink}}};
    if (maps.threshold.defined()) {
      require_shape("threshold", target.threshold, predicted.sizes());
      require_shape("threshold_mask", target.threshold_mask, predicted.sizes());
      const auto binary = dice(maps.binary.squeeze(1), target.shrink, target.shrink_mask, options_.epsilon);
      const auto threshold = masked_l1(maps.threshold.squeeze(1), target.threshold, target.threshold_mask);
      out.total = out.total + options_.binary_weight * binary + options_.threshold_weight * threshold;
      out.terms.emplace_back("dice", binary);
      out.terms.emplace_back("l1", threshold);
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
