#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <ATen/ops/addcmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>

#include <scriba/nn/batch_norm.hpp>
#include <scriba/nn/form.hpp>

namespace scriba::nn {

/// y = weight x + bias, one number each a channel. Names `weight`, `bias`.
class ChannelAffine final : public torch::nn::Cloneable<ChannelAffine> {
 public:
  explicit ChannelAffine(std::int64_t channels) : channels_(channels) { reset(); }
  void reset() override {
    weight = register_parameter("weight", at::ones({channels_}));
    bias = register_parameter("bias", at::zeros({channels_}));
  }
  at::Tensor forward(const at::Tensor& x) const { return at::addcmul(bias.reshape({1, -1, 1, 1}), x, weight.reshape({1, -1, 1, 1})); }

  at::Tensor weight, bias;

 private:
  std::int64_t channels_;
};

/// A batch norm whose result an activation takes before any convolution does, so that no convolution can absorb it: deployed, what is
/// left is one factor and one summand a channel. A member of the block that owns it, registered there under one name in either form.
class PreNorm {
 public:
  /// To be called in the owner's `reset()`.
  void register_in(torch::nn::Module& owner, std::string name, std::int64_t channels, Form form) {
    name_ = std::move(name), bn_ = nullptr, affine_ = nullptr;
    if (form == Form::training)
      bn_ = owner.register_module(name_, torch::nn::BatchNorm2d(channels));
    else
      affine_ = owner.register_module(name_, std::make_shared<ChannelAffine>(channels));
  }

  at::Tensor forward(const at::Tensor& x) { return bn_ ? normalized(*bn_, x) : affine_->forward(x); }

  /// Evaluation stays the same.
  void fold(torch::nn::Module& owner) {
    if (!bn_) return;
    const at::NoGradGuard no_gradients;
    const auto factor = bn_->weight / (bn_->running_var + bn_->options.eps()).sqrt();
    const auto summand = bn_->bias - bn_->running_mean * factor;
    affine_ = owner.replace_module(name_, std::make_shared<ChannelAffine>(factor.size(0)));
    affine_->to(factor.device(), factor.scalar_type());
    affine_->weight.copy_(factor), affine_->bias.copy_(summand);
    bn_ = nullptr;
  }

 private:
  std::string name_;
  torch::nn::BatchNorm2d bn_{nullptr};
  std::shared_ptr<ChannelAffine> affine_;
};

}  // namespace scriba::nn
