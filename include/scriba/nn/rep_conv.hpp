#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/ones.h>
#include <torch/nn/cloneable.h>

#include <scriba/nn/conv_unit.hpp>

namespace scriba::nn {

/// y = scale x + bias with one number each for the whole tensor: Cui et al., "PP-LCNetV3". Names `scale`, `bias`.
class LearnableAffine final : public torch::nn::Cloneable<LearnableAffine> {
 public:
  LearnableAffine() { reset(); }
  void reset() override {
    scale_ = register_parameter("scale", at::ones({1}));
    bias_ = register_parameter("bias", at::zeros({1}));
  }
  at::Tensor forward(const at::Tensor& x) { return x * scale_ + bias_; }

 private:
  at::Tensor scale_, bias_;
};

struct RepConvOptions {
  std::int64_t in{}, out{};
  std::int64_t kernel = 1;
  std::array<std::int64_t, 2> stride{1, 1};
  std::int64_t groups = 1;
  std::int64_t branches = 4;  ///< parallel convolutions of the full size, in training
  Form form = Form::training;

  /// The literal rule of the published networks: only the stride (2, 2) goes without activation.
  bool activated() const { return stride != std::array<std::int64_t, 2>{2, 2}; }
};

/// Re-parameterised convolution of PP-LCNetV3, after Vasu et al., "MobileOne", CVPR 2023, figure 3: in training several k x k
/// branches, a 1 x 1 branch (k > 1) and a batch norm of the input (same shape) are summed; deployed, one convolution does it all.
/// Then an affine `lab`, and with activation hard-swish and another affine `act_lab`.
///
/// Names: training `branch_I`, `point`, `identity`; deployed `conv`.
class RepConv final : public torch::nn::Cloneable<RepConv>, public Reopenable {
 public:
  explicit RepConv(RepConvOptions options) : options_(options) { reset(); }

  void reset() override {
    conv_ = nullptr, point_ = nullptr, identity_ = nullptr, act_lab_ = nullptr;
    branch_.clear();
    const auto k = options_.kernel;
    if (options_.form == Form::deployed) {
      conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(options_.in, options_.out, k)
                                                            .stride({options_.stride[0], options_.stride[1]})
                                                            .padding((k - 1) / 2)
                                                            .groups(options_.groups)));
    } else {
      const auto unit = [&](std::int64_t size) {
        return std::make_shared<ConvUnit>(ConvUnitOptions{
            .in = options_.in, .out = options_.out, .kernel = {size, size}, .stride = options_.stride, .groups = options_.groups});
      };
      for (std::int64_t i = 0; i < options_.branches; ++i) branch_.push_back(register_module("branch_" + std::to_string(i), unit(k)));
      if (k > 1) point_ = register_module("point", unit(1));
      if (options_.in == options_.out && options_.stride == std::array<std::int64_t, 2>{1, 1})
        identity_ = register_module("identity", torch::nn::BatchNorm2d(options_.in));
    }
    lab_ = register_module("lab", std::make_shared<LearnableAffine>());
    if (options_.activated()) act_lab_ = register_module("act_lab", std::make_shared<LearnableAffine>());
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y;
    if (conv_) {
      y = conv_->forward(x);
    } else {
      for (auto& branch : branch_) y = y.defined() ? y + branch->forward(x) : branch->forward(x);
      if (point_) y = y + point_->forward(x);
      if (identity_) y = y + normalized(*identity_, x);
    }
    y = lab_->forward(y);
    return act_lab_ ? act_lab_->forward(activate(y, Activation::hard_swish)) : y;
  }

  void fold() {
    if (conv_) return;
    const at::NoGradGuard no_gradients;
    Kernel sum;
    const auto add = [&](const Kernel& kernel) {
      const auto full = centred(kernel.weight, options_.kernel);
      sum = sum.weight.defined() ? Kernel{sum.weight + full, sum.bias + kernel.bias} : Kernel{full, kernel.bias};
    };
    const auto kernel_of = [](ConvUnit& unit) {
      unit.fold();
      const auto parameters = unit.named_parameters();
      return Kernel{parameters["conv.weight"], parameters["conv.bias"]};
    };
    for (auto& branch : branch_) add(kernel_of(*branch));
    if (point_) add(kernel_of(*point_));
    if (identity_) add(folded({identity_kernel(sum.weight, options_.kernel), {}}, *identity_));
    const auto lab = lab_, act_lab = act_lab_;
    for (const auto& child : named_children()) unregister_module(child.key());
    options_.form = Form::deployed;
    reset();
    lab_ = replace_module("lab", lab);
    if (act_lab) act_lab_ = replace_module("act_lab", act_lab);
    conv_->to(sum.weight.device(), sum.weight.scalar_type());
    set_kernel(*conv_, sum);
  }

  /// The first branch computes it all.
  bool reopen(const Find& deployed) override {
    if (conv_) return false;
    const auto full = branch_[0]->named_parameters()["conv.weight"];
    const auto kernel = find_kernel(deployed, "conv", full);
    if (!kernel.weight.defined()) return false;
    const at::NoGradGuard no_gradients;
    branch_[0]->reopen(kernel);
    for (std::size_t i = 1; i < branch_.size(); ++i) silence(*branch_[i]->bn().ptr());
    if (point_) silence(*point_->bn().ptr());
    if (identity_) silence(*identity_);
    for (const auto& [name, affine] : {std::pair{"lab", lab_}, std::pair{"act_lab", act_lab_}})
      if (affine)
        for (auto& parameter : affine->named_parameters())
          if (const auto* value = deployed(std::string(name) + "." + parameter.key())) parameter.value().copy_(*value);
    return true;
  }

 private:
  RepConvOptions options_;
  std::vector<std::shared_ptr<ConvUnit>> branch_;
  std::shared_ptr<ConvUnit> point_;
  torch::nn::BatchNorm2d identity_{nullptr};
  torch::nn::Conv2d conv_{nullptr};
  std::shared_ptr<LearnableAffine> lab_, act_lab_;
};

}  // namespace scriba::nn
