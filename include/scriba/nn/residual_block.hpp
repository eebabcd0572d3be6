#pragma once

#include <cstdint>
#include <memory>

#include <ATen/ops/relu.h>
#include <torch/nn/cloneable.h>

#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/deform_conv.hpp>

namespace scriba::nn {

struct ResidualBlockOptions {
  std::int64_t in{}, inner{};  ///< `inner`: channels of the convolutions; a bottleneck block gives four times as many
  std::int64_t stride = 1;     ///< of the 3 x 3 convolution that comes first
  bool bottleneck = false;
  bool deformable = false;  ///< the second convolution is a modulated deformable one
  Form form = Form::training;

  constexpr std::int64_t out() const { return bottleneck ? 4 * inner : inner; }
};

/// Residual block: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 5. Basic: two 3 x 3 convolutions;
/// bottleneck: 1 x 1, 3 x 3 (which strides, as in torchvision), 1 x 1. A projection where the shape changes.
///
/// Names `conv1`, `bn1` to `conv3`, `bn3`, `downsample.0`, `downsample.1`; `conv2_offset` where it is deformable.
class ResidualBlock final : public torch::nn::Cloneable<ResidualBlock> {
 public:
  explicit ResidualBlock(ResidualBlockOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto& [in, inner, stride, bottleneck, deformable, form] = options_;
    conv1_.register_in(*this, "conv1", "bn1", bottleneck ? square_conv(in, inner, 1) : square_conv(in, inner, 3, stride), form);
    const auto second = square_conv(inner, inner, 3, bottleneck ? stride : 1);
    if (deformable)
      deform2_.register_in(*this, "conv2", "bn2", second, form);
    else
      conv2_.register_in(*this, "conv2", "bn2", second, form);
    if (bottleneck) conv3_.register_in(*this, "conv3", "bn3", square_conv(inner, options_.out(), 1), form);
    downsample_ = nullptr;
    if (stride != 1 || in != options_.out())
      downsample_ = register_module("downsample", std::make_shared<ConvNormPair>(square_conv(in, options_.out(), 1, stride), form));
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = at::relu(conv1_.forward(x));
    y = options_.deformable ? deform2_.forward(y) : conv2_.forward(y);
    if (options_.bottleneck) y = conv3_.forward(at::relu(y));
    return at::relu(y + (downsample_ ? downsample_->forward(x) : x));
  }

  void fold() {
    conv1_.fold(*this);
    if (options_.deformable)
      deform2_.fold(*this);
    else
      conv2_.fold(*this);
    if (options_.bottleneck) conv3_.fold(*this);
    if (downsample_) downsample_->fold();
    options_.form = Form::deployed;
  }

 private:
  ResidualBlockOptions options_;
  ConvNorm<> conv1_, conv2_, conv3_;
  DeformConvNorm deform2_;
  std::shared_ptr<ConvNormPair> downsample_;
};

}  // namespace scriba::nn
