#pragma once
// Gradients by finite differences.

#include <torch/torch.h>

#include <algorithm>
#include <functional>

namespace gradients {

/// Largest difference between the gradient of `f` at `x` (double) and central differences, over the largest gradient.
inline double largest_error(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x, double step = 1e-6) {
  auto leaf = x.clone().requires_grad_();
  f(leaf).backward();
  const auto gradient = leaf.grad().contiguous();
  const torch::NoGradGuard no_gradients;
  auto probe = x.clone().contiguous();
  auto* value = probe.data_ptr<double>();
  double error = 0;
  for (std::int64_t i = 0; i < probe.numel(); ++i) {
    const double at = value[i];
    value[i] = at + step;
    const double above = f(probe).item<double>();
    value[i] = at - step;
    const double below = f(probe).item<double>();
    value[i] = at;
    error = std::max(error, std::abs((above - below) / (2 * step) - gradient.data_ptr<double>()[i]));
  }
  return error / gradient.abs().max().item<double>();
}

/// The gradient of `f` at `x`; zeros when it does not depend on it.
inline at::Tensor of(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x) {
  auto leaf = x.detach().clone().requires_grad_();
  const auto value = f(leaf);
  if (value.requires_grad()) value.backward();
  return leaf.grad().defined() ? leaf.grad() : at::zeros_like(x);
}

}  // namespace gradients
