#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/cloneable.h>

#include <scriba/nn/conv_unit.hpp>

namespace scriba::nn {

struct RepDepthwiseOptions {
  std::int64_t channels{};
  std::int64_t kernel = 3;
  Form form = Form::training;
};

/// Token mixer of PP-LCNetV4, after Wang et al., "RepViT", CVPR 2024, figure 3: bn(bn(depthwise k x k(x)) + depthwise 1 x 1(x) + x).
/// Deployed: one depthwise convolution.
///
/// Names: training `inner`, `point`, `outer`; deployed `conv`.
class RepDepthwise final : public torch::nn::Cloneable<RepDepthwise>, public Reopenable {
 public:
  explicit RepDepthwise(RepDepthwiseOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto c = options_.channels, k = options_.kernel;
    conv_ = nullptr, inner_ = nullptr, point_ = nullptr, outer_ = nullptr;
    if (options_.form == Form::deployed) {
      conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(c, c, k).padding((k - 1) / 2).groups(c)));
      return;
    }
    inner_ = register_module("inner", std::make_shared<ConvUnit>(ConvUnitOptions{.in = c, .out = c, .kernel = {k, k}, .groups = c}));
    point_ = register_module("point", torch::nn::Conv2d(torch::nn::Conv2dOptions(c, c, 1).groups(c).bias(false)));
    outer_ = register_module("outer", torch::nn::BatchNorm2d(c));
  }

  at::Tensor forward(const at::Tensor& x) {
    return conv_ ? conv_->forward(x) : normalized(*outer_, inner_->forward(x) + point_->forward(x) + x);
  }

  void fold() {
    if (conv_) return;
    const at::NoGradGuard no_gradients;
    inner_->fold();
    const auto inner = inner_->named_parameters();
    const auto k = options_.kernel;
    const Kernel sum{inner["conv.weight"] + centred(point_->weight, k) + identity_kernel(inner["conv.weight"], k), inner["conv.bias"]};
    const Kernel all = folded(sum, *outer_);
    for (const auto& child : named_children()) unregister_module(child.key());
    options_.form = Form::deployed;
    reset();
    conv_->to(all.weight.device(), all.weight.scalar_type());
    set_kernel(*conv_, all);
  }

  /// The inner kernel computes it all, less the 1 in its middle that the input itself adds.
  bool reopen(const Find& deployed) override {
    if (conv_) return false;
    const auto kernel = find_kernel(deployed, "conv", inner_->named_parameters()["conv.weight"]);
    if (!kernel.weight.defined()) return false;
    const at::NoGradGuard no_gradients;
    inner_->reopen(Kernel{kernel.weight - identity_kernel(kernel.weight, options_.kernel), {}});
    point_->weight.zero_();
    pass_on(*outer_, kernel.bias);
    return true;
  }

 private:
  RepDepthwiseOptions options_;
  std::shared_ptr<ConvUnit> inner_;
  torch::nn::Conv2d point_{nullptr}, conv_{nullptr};
  torch::nn::BatchNorm2d outer_{nullptr};
};

/// Large depthwise kernel with dilated branches: Ding et al., "UniRepLKNet", CVPR 2024, section 3.2. In training the sum of conv + bn
/// over 7 x 7, 5 x 5, and 3 x 3 with dilation 2 and 3; deployed one 7 x 7 convolution.
///
/// Names: training `branch_I_conv`, `branch_I_bn`; deployed `conv`.
class DilatedRepDepthwise final : public torch::nn::Cloneable<DilatedRepDepthwise>, public Reopenable {
 public:
  explicit DilatedRepDepthwise(std::int64_t channels, Form form = Form::training) : channels_(channels), form_(form) { reset(); }

  void reset() override {
    conv_.clear(), bn_.clear();
    const auto depthwise = [&](std::int64_t k, std::int64_t dilation) {
      return torch::nn::Conv2dOptions(channels_, channels_, k).padding((k - 1) / 2 * dilation).dilation(dilation).groups(channels_);
    };
    if (form_ == Form::deployed) {
      conv_.push_back(register_module("conv", torch::nn::Conv2d(depthwise(kSize, 1))));
      return;
    }
    for (std::size_t i = 0; i < kBranches.size(); ++i) {
      const auto name = "branch_" + std::to_string(i);
      conv_.push_back(register_module(name + "_conv", torch::nn::Conv2d(depthwise(kBranches[i].first, kBranches[i].second).bias(false))));
      bn_.push_back(register_module(name + "_bn", torch::nn::BatchNorm2d(channels_)));
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    if (bn_.empty()) return conv_[0]->forward(x);
    auto y = normalized(*bn_[0], conv_[0]->forward(x));
    for (std::size_t i = 1; i < bn_.size(); ++i) y = y + normalized(*bn_[i], conv_[i]->forward(x));
    return y;
  }

  void fold() {
    if (bn_.empty()) return;
    const at::NoGradGuard no_gradients;
    Kernel sum;
    for (std::size_t i = 0; i < bn_.size(); ++i) {
      const Kernel one = folded({conv_[i]->weight, {}}, *bn_[i]);
      const auto k = kBranches[i].first, dilation = kBranches[i].second, wide = (k - 1) * dilation + 1;
      auto spread = at::zeros({channels_, 1, wide, wide}, one.weight.options());
      spread.slice(2, 0, wide, dilation).slice(3, 0, wide, dilation).copy_(one.weight);
      const auto full = centred(spread, kSize);
      sum = i == 0 ? Kernel{full, one.bias} : Kernel{sum.weight + full, sum.bias + one.bias};
    }
    for (const auto& child : named_children()) unregister_module(child.key());
    form_ = Form::deployed;
    reset();
    conv_[0]->to(sum.weight.device(), sum.weight.scalar_type());
    set_kernel(*conv_[0], sum);
  }

  /// The largest branch computes it all.
  bool reopen(const Find& deployed) override {
    if (bn_.empty()) return false;
    const auto kernel = find_kernel(deployed, "conv", conv_[0]->weight);
    if (!kernel.weight.defined()) return false;
    const at::NoGradGuard no_gradients;
    conv_[0]->weight.copy_(kernel.weight);
    pass_on(*bn_[0], kernel.bias);
    for (std::size_t i = 1; i < bn_.size(); ++i) silence(*bn_[i]);
    return true;
  }

 private:
  static constexpr std::int64_t kSize = 7;
  static constexpr std::array<std::pair<std::int64_t, std::int64_t>, 4> kBranches{{{7, 1}, {5, 1}, {3, 2}, {3, 3}}};  // kernel, dilation

  std::int64_t channels_;
  Form form_;
  std::vector<torch::nn::Conv2d> conv_;
  std::vector<torch::nn::BatchNorm2d> bn_;
};

}  // namespace scriba::nn
