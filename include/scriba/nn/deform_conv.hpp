#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sigmoid.h>
#include <c10/core/GradMode.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>

#include <scriba/nn/conv_norm.hpp>

namespace scriba::nn {

struct DeformConv2dOptions {
  std::array<std::int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1};  ///< rows, columns
  std::int64_t groups = 1;                                                  ///< of the convolution
  std::int64_t offset_groups = 1;  ///< channels in as many equal parts, each with offsets of its own
};

/// Deformable convolution: Dai et al., "Deformable Convolutional Networks", ICCV 2017; with `mask` modulated, Zhu et al., "Deformable
/// ConvNets v2", CVPR 2019. The registered operator `scriba::deform_conv2d`: differentiable once in every tensor, float or double, in
/// autocast computed in float; traced graphs run wherever scriba::ops is loaded.
///
/// input [N, C, H, W]; weight [O, C / groups, kh, kw]; offset [N, 2 offset_groups kh kw, H', W'], in pixels, for each group and tap a
/// row and a column; mask [N, offset_groups kh kw, H', W'] or undefined for ones; bias [O] or undefined. Returns [N, O, H', W'], with the
/// channels innermost in memory (channels_last, the input's best form, too). Places outside the input count as 0. Throws Error for
/// shapes, types and devices that do not belong together.
at::Tensor deform_conv2d(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const at::Tensor& mask,
                         const at::Tensor& bias, const DeformConv2dOptions& options = {});

/// deform_conv2d with a weight and a bias of its own, in the form that ConvNorm takes. Options as a convolution's; zeros around.
class DeformConv2dImpl final : public torch::nn::Cloneable<DeformConv2dImpl> {
 public:
  explicit DeformConv2dImpl(torch::nn::Conv2dOptions conv_options) : options(std::move(conv_options)) { reset(); }

  void reset() override {
    const auto& kernel = *options.kernel_size();
    const auto in = options.in_channels() / options.groups();
    weight = register_parameter("weight", at::empty({options.out_channels(), in, kernel[0], kernel[1]}));
    bias =
        register_parameter("bias", options.bias() ? at::empty({options.out_channels()}) : at::Tensor(), /*requires_grad=*/options.bias());
    const double bound = 1 / std::sqrt(static_cast<double>(in * kernel[0] * kernel[1]));  // as torch's convolutions begin
    const at::NoGradGuard no_gradients;
    for (auto* parameter : {&weight, &bias})
      if (parameter->defined()) parameter->uniform_(-bound, bound);
  }

  /// `mask` undefined: not modulated.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& offset, const at::Tensor& mask) const {
    const auto pair = [](const torch::ExpandingArray<2>& values) { return *values; };
    return deform_conv2d(x, weight, offset, mask, bias,
                         {.stride = pair(options.stride()),
                          .padding = pair(std::get<torch::ExpandingArray<2>>(options.padding())),
                          .dilation = pair(options.dilation()),
                          .groups = options.groups(),
                          .offset_groups = offset.size(1) / (2 * weight.size(2) * weight.size(3))});
  }

  torch::nn::Conv2dOptions options;
  at::Tensor weight, bias;
};

/// A modulated deformable convolution, its batch norm, and the convolution that offsets and masks come from; a member of a block, as
/// ConvNorm is. Offsets are 0 and masks 1/2 at the beginning.
///
/// Names as in MhLiao's DB and pytorchOCR: for `conv2`, the offsets' is `conv2_offset`, of 3 kh kw channels: for each tap row and column,
/// then the masks before their sigmoid. It has the stride of the convolution (pytorchOCR forgets that; its blocks of stride 2 cannot run).
class DeformConvNorm {
 public:
  /// To be called in the owner's `reset()`.
  void register_in(torch::nn::Module& owner, const std::string& conv, std::string bn, const torch::nn::Conv2dOptions& options, Form form) {
    const auto& kernel = *options.kernel_size();
    taps_ = kernel[0] * kernel[1];
    offset_ = owner.register_module(conv + "_offset",
                                    torch::nn::Conv2d(torch::nn::Conv2dOptions(options).out_channels(3 * taps_).groups(1).bias(true)));
    const at::NoGradGuard no_gradients;
    offset_->weight.zero_(), offset_->bias.zero_();
    conv_.register_in(owner, conv, std::move(bn), options, form);
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto places = offset_->forward(x);
    return conv_.forward(x, places.slice(1, 0, 2 * taps_), at::sigmoid(places.slice(1, 2 * taps_)));
  }

  void fold(torch::nn::Module& owner) { conv_.fold(owner); }

 private:
  std::int64_t taps_ = 0;
  torch::nn::Conv2d offset_{nullptr};
  ConvNorm<DeformConv2dImpl> conv_;
};

}  // namespace scriba::nn
