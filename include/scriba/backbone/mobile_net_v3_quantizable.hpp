#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/sigmoid.h>
#include <torch/nn/cloneable.h>

#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/fused_conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct MobileNetV3QuantizableOptions {
  MobileNetV3Gate gate = MobileNetV3Gate::pooled;
  nn::Form form = nn::Form::training;
};

namespace detail {

// x sigmoid(bn(expand(relu(bn(reduce(x)))))). Names `0.conv.0`, `0.conv.1`, `1.conv`, `1.bn`.
class QuantizableGateLayers final : public torch::nn::Cloneable<QuantizableGateLayers> {
 public:
  QuantizableGateLayers(std::int64_t channels, MobileNetV3QuantizableOptions options) : channels_(channels), options_(options) { reset(); }

  void reset() override {
    const auto inner = channels_ / 4;
    reduce_ = register_module("0", std::make_shared<nn::FusedConvUnit>(nn::ConvUnitOptions{
                                       .in = channels_, .out = inner, .activation = nn::Activation::relu, .form = options_.form}));
    expand_ =
        register_module("1", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = inner, .out = channels_, .form = options_.form}));
  }

  at::Tensor forward(const at::Tensor& x) { return x * at::sigmoid(expand_->forward(reduce_->forward(gate_input(x, options_.gate)))); }

  void fold() {
    reduce_->fold();
    expand_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t channels_;
  MobileNetV3QuantizableOptions options_;
  std::shared_ptr<nn::FusedConvUnit> reduce_;
  std::shared_ptr<nn::ConvUnit> expand_;
};

// Expand 1x1, depthwise, linear 1x1, gate, and the input added where the stride is 1: the channels stay the same there.
class MobileNetV3QuantizableBlock final : public torch::nn::Cloneable<MobileNetV3QuantizableBlock> {
  using Gate = MobileNetV3GateModule<QuantizableGateLayers, MobileNetV3QuantizableOptions>;

 public:
  MobileNetV3QuantizableBlock(MobileNetV3Block block, MobileNetV3QuantizableOptions options) : block_(block), options_(options) { reset(); }

  void reset() override {
    const auto k = block_.kernel, s = block_.stride, inner = block_.inner;
    const auto relu = nn::Activation::relu;
    const auto form = options_.form;
    expand_ = register_module("conv_bn_relu1", std::make_shared<nn::FusedConvUnit>(
                                                   nn::ConvUnitOptions{.in = block_.in, .out = inner, .activation = relu, .form = form}));
    depthwise_ = register_module(
        "conv_bn_relu2",
        std::make_shared<nn::FusedConvUnit>(nn::ConvUnitOptions{
            .in = inner, .out = inner, .kernel = {k, k}, .stride = {s, s}, .groups = inner, .activation = relu, .form = form}));
    linear_ =
        register_module("conv_bn1", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = inner, .out = block_.out, .form = form}));
    se_ = register_module("se", std::make_shared<Gate>(block_.out, options_));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto y = se_->forward(linear_->forward(depthwise_->forward(expand_->forward(x))));
    return block_.stride == 1 ? x + y : y;
  }

  void fold() {
    expand_->fold();
    depthwise_->fold();
    linear_->fold();
    se_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  MobileNetV3Block block_;
  MobileNetV3QuantizableOptions options_;
  std::shared_ptr<nn::FusedConvUnit> expand_, depthwise_;
  std::shared_ptr<nn::ConvUnit> linear_;
  std::shared_ptr<Gate> se_;
};

}  // namespace detail

/// MobileNetV3-small of only what 8-bit kernels do well: ReLU everywhere, a sigmoid gate in every block, otherwise the widths of
/// MobileNetV3Small. pytorchOCR's network for quantisation-aware training in float.
///
/// In: [N, 3, H, W]. Out: four maps at strides 4 to 32. Names `conv_bn_relu`, `layer1` to `layer4` with blocks of `conv_bn_relu1`,
/// `conv_bn_relu2`, `conv_bn1`, `se.se`; what was fused there has `conv.0` and `conv.1`, what was not `conv` and `bn`.
class MobileNetV3Quantizable final : public nn::Part<MobileNetV3Quantizable, MobileNetV3QuantizableOptions> {
  using Stage = nn::ModuleList<detail::MobileNetV3QuantizableBlock>;

 public:
  static constexpr FeatureSpec out = MobileNetV3Small::out;

  explicit MobileNetV3Quantizable(MobileNetV3QuantizableOptions options) : Part(options) {}

  void reset() override {
    stem_ = register_module(
        "conv_bn_relu",
        std::make_shared<nn::FusedConvUnit>(nn::ConvUnitOptions{
            .in = 3, .out = 16, .kernel = {3, 3}, .stride = {2, 2}, .activation = nn::Activation::relu, .form = options_.form}));
    constexpr auto layout = detail::mobile_net_v3_layout<MobileNetV3Size::small>();
    std::size_t block = 0;
    for (std::size_t s = 0; s < stage_.size(); ++s) {
      stage_[s] = register_module("layer" + std::to_string(s + 1), std::make_shared<Stage>());
      while (block <= layout.taps[s])
        stage_[s]->push_back(std::make_shared<detail::MobileNetV3QuantizableBlock>(layout.blocks[block++], options_));
    }
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = stem_->forward(image);
    for (const auto& stage : stage_) {
      for (const auto& block : *stage) x = block->forward(x);
      maps.push_back(x);
    }
    return maps;
  }

  void fold() {
    stem_->fold();
    for (const auto& stage : stage_)
      for (const auto& block : *stage) block->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<nn::FusedConvUnit> stem_;
  std::array<std::shared_ptr<Stage>, 4> stage_;
};

}  // namespace scriba::backbone
