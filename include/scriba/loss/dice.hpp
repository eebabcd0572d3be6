#pragma once

#include <ATen/core/Tensor.h>

namespace scriba::loss {

/// Dice loss of probability maps: 1 - mean over samples of 2 sum(p g) / (sum(p^2) + sum(g^2) + 2 epsilon), all inside the mask.
///
/// `prediction`, `truth`, `mask`: the same number of elements, first dimension = samples. Returns a 0-d tensor in [0, 1].
/// Milletari et al., "V-Net", 3DV 2016, equation 3; with the mask of Wang et al., "PSENet", CVPR 2019, equation 6.
inline at::Tensor dice(const at::Tensor& prediction, const at::Tensor& truth, const at::Tensor& mask, double epsilon = 1e-6) {
  const auto samples = prediction.size(0);
  const auto m = mask.reshape({samples, -1});
  const auto p = prediction.reshape({samples, -1}) * m;
  const auto g = truth.reshape({samples, -1}) * m;
  const auto overlap = (p * g).sum(1);
  const auto size = (p * p).sum(1) + (g * g).sum(1) + 2 * epsilon;
  return 1 - (2 * overlap / size).mean();
}

}  // namespace scriba::loss
