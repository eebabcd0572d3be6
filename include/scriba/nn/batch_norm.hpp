#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <torch/nn/modules/batchnorm.h>

namespace scriba::nn {

/// The batch norm of x [N, C, H, W]. In training one value a channel (a pooled map, in a batch of one) has no variance to normalise by,
/// and torch throws; here the running statistics serve.
inline at::Tensor normalized(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) {
  if (bn.is_training() && x.numel() == x.size(1))
    return at::batch_norm(x, bn.weight, bn.bias, bn.running_mean, bn.running_var, /*training=*/false, 0, bn.options.eps(), false);
  return bn.forward(x);
}

}  // namespace scriba::nn
