#pragma once

#include <memory>

#include <torch/nn/cloneable.h>

#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/conv_unit.hpp>

namespace scriba::nn {

/// What ConvUnit is, with convolution and batch norm in one child, as PyTorch's `fuse_modules` leaves them for quantisation-aware training.
/// Always with batch norm. Names `conv.0`, `conv.1`; folded: `conv.0` with a bias.
class FusedConvUnit final : public torch::nn::Cloneable<FusedConvUnit> {
 public:
  explicit FusedConvUnit(ConvUnitOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto [kh, kw] = options_.kernel;
    const auto convolution = torch::nn::Conv2dOptions(options_.in, options_.out, {kh, kw})
                                 .stride({options_.stride[0], options_.stride[1]})
                                 .padding({(kh - 1) / 2, (kw - 1) / 2})
                                 .groups(options_.groups);
    conv_ = register_module("conv", std::make_shared<ConvNormPair>(convolution, options_.form));
  }

  at::Tensor forward(const at::Tensor& x) { return activate(conv_->forward(x), options_.activation); }

  void fold() {
    conv_->fold();
    options_.form = Form::deployed;
  }

 private:
  ConvUnitOptions options_;
  std::shared_ptr<ConvNormPair> conv_;
};

}  // namespace scriba::nn
