#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <ATen/ops/constant_pad_nd.h>
#include <c10/core/GradMode.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <scriba/nn/activation.hpp>
#include <scriba/nn/batch_norm.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/nn/reopen.hpp>

namespace scriba::nn {

struct ConvUnitOptions {
  std::int64_t in{}, out{};
  std::array<std::int64_t, 2> kernel{1, 1};  ///< rows, columns
  std::array<std::int64_t, 2> stride{1, 1};
  std::int64_t groups = 1;
  Activation activation = Activation::none;
  bool norm = true;        ///< batch norm after the convolution; without it there is no fold
  bool bias = true;        ///< without batch norm: whether the convolution has a bias
  bool idle_bias = false;  ///< with batch norm: a bias all the same, which the norm takes away again; some checkpoints have it
  bool pad_end = false;    ///< even kernels: one row below and one column to the right instead of (k - 1) / 2 around
  Form form = Form::training;
};

/// Convolution, batch norm, activation. Names `conv`, `bn`; folded: `conv` with a bias.
class ConvUnit final : public torch::nn::Cloneable<ConvUnit>, public Reopenable {
 public:
  explicit ConvUnit(ConvUnitOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto [kh, kw] = options_.kernel;
    const bool with_bn = options_.norm && options_.form == Form::training;
    const bool bias = options_.norm ? !with_bn || options_.idle_bias : options_.bias;
    conv_ =
        register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(options_.in, options_.out, {kh, kw})
                                                      .stride({options_.stride[0], options_.stride[1]})
                                                      .padding({options_.pad_end ? 0 : (kh - 1) / 2, options_.pad_end ? 0 : (kw - 1) / 2})
                                                      .groups(options_.groups)
                                                      .bias(bias)));
    bn_ = nullptr;
    if (with_bn) bn_ = register_module("bn", torch::nn::BatchNorm2d(options_.out));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto& [kh, kw] = options_.kernel;
    auto y = conv_->forward(options_.pad_end ? at::constant_pad_nd(x, {0, kw - 1, 0, kh - 1}) : x);
    if (bn_) y = normalized(*bn_, y);
    return activate(y, options_.activation);
  }

  void fold() {
    if (!bn_) return;
    const at::NoGradGuard no_gradients;
    const Kernel kernel = folded({conv_->weight, conv_->bias}, *bn_);
    options_.form = Form::deployed;
    unregister_module("bn");
    unregister_module("conv");
    reset();
    to(kernel.weight.device(), kernel.weight.scalar_type());
    set_kernel(*conv_, kernel);
  }

  bool reopen(const Find& deployed) override {
    const auto kernel = find_kernel(deployed, "conv", conv_->weight);
    if (!kernel.weight.defined()) return false;
    reopen(kernel);
    return true;
  }

  /// The same from a kernel. Without a bias of the convolution, and none given, zero.
  void reopen(const Kernel& kernel) {
    const at::NoGradGuard no_gradients;
    conv_->weight.copy_(kernel.weight);
    if (bn_) {
      pass_on(*bn_, kernel.bias);
      if (conv_->bias.defined()) conv_->bias.zero_();
    } else if (conv_->bias.defined() && kernel.bias.defined()) {
      conv_->bias.copy_(kernel.bias);
    }
  }

  const torch::nn::BatchNorm2d& bn() const { return bn_; }

 private:
  ConvUnitOptions options_;
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d bn_{nullptr};
};

}  // namespace scriba::nn
