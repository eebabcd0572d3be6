#pragma once

#include <ATen/core/Tensor.h>

namespace scriba::loss {

/// Binary cross-entropy in which easy pixels count less: -alpha (1 - p)^gamma log p for text, -(1 - alpha) p^gamma log(1 - p) for
/// background.
///
/// `prediction` (probabilities), `truth`, `mask`: the same shape. Returns the mean over all pixels, a 0-d tensor; masked pixels count as 0.
/// Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 5.
inline at::Tensor focal_cross_entropy(const at::Tensor& prediction, const at::Tensor& truth, const at::Tensor& mask, double alpha = 0.25,
                                      double gamma = 2.0, double epsilon = 1e-6) {
  const auto p = prediction * mask, g = truth * mask;
  const auto text = alpha * (1 - p).pow(gamma) * g * (p + epsilon).log();
  const auto background = (1 - alpha) * p.pow(gamma) * (1 - g) * (1 - p + epsilon).log();
  return -(text + background).mean();
}

}  // namespace scriba::loss
