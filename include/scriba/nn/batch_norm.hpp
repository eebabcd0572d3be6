#pragma once

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <torch/nn/modules/batchnorm.h>

namespace scriba::nn {

/// Sees what goes into every batch norm of the networks that its thread runs, from when it is made until it is destroyed.
class NormObserver {
 public:
  NormObserver() : before_(std::exchange(current_, this)) {}
  virtual ~NormObserver() { current_ = before_; }
  NormObserver(const NormObserver&) = delete;
  NormObserver& operator=(const NormObserver&) = delete;

  virtual void see(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) = 0;

  static NormObserver* current() { return current_; }

 private:
  static inline thread_local NormObserver* current_ = nullptr;
  NormObserver* before_;
};

/// Takes the place of every batch norm in training mode of the networks that its thread runs, as long as it lives.
class NormReplacement {
 public:
  NormReplacement() : before_(std::exchange(current_, this)) {}
  virtual ~NormReplacement() { current_ = before_; }
  NormReplacement(const NormReplacement&) = delete;
  NormReplacement& operator=(const NormReplacement&) = delete;

  virtual at::Tensor normalized(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) = 0;

  static NormReplacement* current() { return current_; }

 private:
  static inline thread_local NormReplacement* current_ = nullptr;
  NormReplacement* before_;
};

/// The batch norm of x [N, C, H, W]; every part calls it so. In training one value a channel (a pooled map, in a batch of one) has no
/// variance to normalise by, and torch throws; here the running statistics serve.
inline at::Tensor normalized(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) {
  if (auto* observer = NormObserver::current()) observer->see(bn, x);
  if (auto* replacement = NormReplacement::current(); replacement && bn.is_training()) return replacement->normalized(bn, x);
  if (bn.is_training() && x.numel() == x.size(1))
    return at::batch_norm(x, bn.weight, bn.bias, bn.running_mean, bn.running_var, /*training=*/false, 0, bn.options.eps(), false);
  return bn.forward(x);
}

}  // namespace scriba::nn
