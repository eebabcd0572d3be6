#pragma once

#include <algorithm>
#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/binary_cross_entropy.h>

namespace scriba::loss {

/// Binary cross-entropy of probabilities over all positive pixels and the hardest negative ones of the batch.
///
/// At most `negative_ratio` negatives for each positive take part, the ones with the largest loss. `truth` and `mask` hold 0 and 1.
/// Returns a 0-d tensor; 0 when the batch has no positive pixel. Liao et al., "Real-time Scene Text Detection with
/// Differentiable Binarization", AAAI 2020, section 3.5.
inline at::Tensor balanced_cross_entropy(const at::Tensor& prediction, const at::Tensor& truth, const at::Tensor& mask,
                                         double negative_ratio = 3.0, double epsilon = 1e-6) {
  const auto positive = truth * mask;
  const auto negative = (1 - truth) * mask;
  // Counted in double: a float sum of ones stops growing at 2^24 pixels.
  const auto positives = static_cast<std::int64_t>(positive.sum(at::kDouble).item<double>());
  const auto negatives = std::min(static_cast<std::int64_t>(negative.sum(at::kDouble).item<double>()),
                                  static_cast<std::int64_t>(static_cast<double>(positives) * negative_ratio));
  const auto loss = at::binary_cross_entropy(prediction, truth, {}, at::Reduction::None);
  const auto hardest = std::get<0>((loss * negative).reshape({-1}).topk(negatives));
  return ((loss * positive).sum() + hardest.sum()) / (static_cast<double>(positives + negatives) + epsilon);
}

}  // namespace scriba::loss
