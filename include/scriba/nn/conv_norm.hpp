#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <c10/core/GradMode.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <scriba/nn/batch_norm.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/nn/initialize.hpp>

namespace scriba::nn {

/// A convolution and its batch norm, registered side by side in the block that owns them, under the names that the block's published
/// checkpoints use (`conv1` and `bn1`, or `0` and `1`). A member of a block, not a module of its own; ConvUnit is the module.
///
/// `Conv` is torch::nn::Conv2dImpl or something with the same options, weight and bias.
template <class Conv = torch::nn::Conv2dImpl>
class ConvNorm {
 public:
  /// To be called in the owner's `reset()`. `options` describes the convolution; it has a bias in the deployed form, and with `idle_bias`
  /// in the training form, too, where the norm takes it away again: some checkpoints have it.
  void register_in(torch::nn::Module& owner, std::string conv, std::string bn, torch::nn::Conv2dOptions options, Form form,
                   bool idle_bias = false) {
    conv_name_ = std::move(conv), bn_name_ = std::move(bn);
    conv_ = owner.register_module(conv_name_, std::make_shared<Conv>(options.bias(idle_bias || form == Form::deployed)));
    initialize_by_fan_out(*conv_);
    bn_ = nullptr;
    if (form == Form::training) bn_ = owner.register_module(bn_name_, torch::nn::BatchNorm2d(options.out_channels()));
  }

  /// `more`: what else the convolution takes (a deformable one: offsets and masks).
  template <class... More>
  at::Tensor forward(const at::Tensor& x, const More&... more) {
    const auto y = conv_->forward(x, more...);
    return bn_ ? normalized(*bn_, y) : y;
  }

  /// Replaces the two by one convolution with bias. Evaluation stays the same.
  void fold(torch::nn::Module& owner) {
    if (!bn_) return;
    const at::NoGradGuard no_gradients;
    const Kernel kernel = folded({conv_->weight, conv_->bias}, *bn_);
    conv_ = owner.replace_module(conv_name_, std::make_shared<Conv>(with_bias(conv_->options)));
    conv_->to(kernel.weight.device(), kernel.weight.scalar_type());
    set_kernel(*conv_, kernel);
    owner.unregister_module(bn_name_);
    bn_ = nullptr;
  }

  /// The batch norm; empty in the deployed form.
  const torch::nn::BatchNorm2d& bn() const { return bn_; }

 private:
  // From what the convolution is now, not from what it was made as: pruning may have thinned it.
  template <class Options>
  static torch::nn::Conv2dOptions with_bias(const Options& now) {
    return torch::nn::Conv2dOptions(now.in_channels(), now.out_channels(), now.kernel_size())
        .stride(now.stride())
        .padding(now.padding())
        .dilation(now.dilation())
        .groups(now.groups());
  }

  std::string conv_name_, bn_name_;
  std::shared_ptr<Conv> conv_;
  torch::nn::BatchNorm2d bn_{nullptr};
};

/// What the options of a square convolution with (k - 1) / 2 of padding are.
inline torch::nn::Conv2dOptions square_conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                                            std::int64_t groups = 1) {
  return torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2).groups(groups);
}

/// A ConvNorm that is a module: names `0` and `1`, as in a sequence of layers.
class ConvNormPair final : public torch::nn::Cloneable<ConvNormPair> {
 public:
  ConvNormPair(torch::nn::Conv2dOptions options, Form form) : options_(std::move(options)), form_(form) { reset(); }
  void reset() override { conv_.register_in(*this, "0", "1", options_, form_); }
  at::Tensor forward(const at::Tensor& x) { return conv_.forward(x); }
  void fold() {
    conv_.fold(*this);
    form_ = Form::deployed;
  }

 private:
  torch::nn::Conv2dOptions options_;
  Form form_;
  ConvNorm<> conv_;
};

}  // namespace scriba::nn
