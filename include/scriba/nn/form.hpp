#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

namespace scriba::nn {

/// The two forms of one network. `fold()` of a part or model goes from the first to the second; evaluation results stay the same.
enum class Form {
  training,  ///< batch norms, and several branches where the architecture has them
  deployed   ///< one convolution with bias in place of each such group: faster, smaller
};

/// A convolution as numbers.
struct Kernel {
  at::Tensor weight;  ///< [out, in / groups, kh, kw], transposed convolutions [in, out / groups, kh, kw]
  at::Tensor bias;    ///< [out]
};

/// The convolution that computes bn(conv(x)) with running statistics: w' = w f, b' = beta + (b - mean) f, f = gamma / sqrt(var + eps).
/// `out_axis`: axis of the output channels, 0, or 1 for a transposed convolution.
inline Kernel folded(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& gamma, const at::Tensor& beta,
                     const at::Tensor& mean, const at::Tensor& variance, double epsilon, int out_axis = 0) {
  const auto factor = gamma / (variance + epsilon).sqrt();
  const auto shaped = out_axis == 0 ? factor.reshape({-1, 1, 1, 1}) : factor.reshape({1, -1, 1, 1});
  return {weight * shaped, beta + ((bias.defined() ? bias : at::zeros_like(mean)) - mean) * factor};
}

inline Kernel folded(const Kernel& kernel, const torch::nn::BatchNorm2dImpl& bn, int out_axis = 0) {
  return folded(kernel.weight, kernel.bias, bn.weight, bn.bias, bn.running_mean, bn.running_var, bn.options.eps(), out_axis);
}

/// The depthwise or dense kernel that passes its input on, of `size` x `size`.
inline at::Tensor identity_kernel(const at::Tensor& like, std::int64_t size) {
  auto kernel = at::zeros({like.size(0), like.size(1), size, size}, like.options());
  for (std::int64_t out = 0; out < like.size(0); ++out) kernel[out][out % like.size(1)][size / 2][size / 2] = 1;
  return kernel;
}

/// A kernel of odd size in the middle of a larger one, both square; same results with the padding of the larger one.
inline at::Tensor centred(const at::Tensor& kernel, std::int64_t size) {
  const std::int64_t margin = (size - kernel.size(2)) / 2;
  return at::constant_pad_nd(kernel, {margin, margin, margin, margin});
}

/// Puts a kernel into a convolution with bias that was made for it.
template <class Conv>
void set_kernel(Conv& conv, const Kernel& kernel) {
  const at::NoGradGuard no_gradients;
  conv.weight.copy_(kernel.weight);
  conv.bias.copy_(kernel.bias);
}

}  // namespace scriba::nn
