#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include <ATen/ops/max_pool2d.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/squeeze_excite.hpp>

namespace scriba::backbone {

struct MobileNetV3LineOptions {
  std::int64_t planes = 3;  ///< of the image: 1 for grey, 3 for colour
  nn::Form form = nn::Form::training;
};

enum class MobileNetV3LineSize {
  tiny,   ///< 0.35 times the width of `small`, with one more stride of rows: PaddleOCR's direction classifier, ch_ppocr_mobile_v2.0_cls
  small,  ///< PaddleOCR's recogniser, pytorchOCR's in its newer form
  large
};

namespace detail {

struct InvertedResidualBlock {
  std::int64_t kernel, in, inner, out;
  std::array<std::int64_t, 2> stride;
  bool squeeze_excite;
  nn::Activation activation;
  bool shortcut = true;  // where the shape stays
};

// What the blocks of a network share.
struct InvertedResidualStyle {
  bool idle_bias;
  double slope;  // of the gates' hard sigmoid
  nn::Form form;
};

// expand 1x1, depthwise, squeeze-excite on the activated value, linear 1x1; the input is added where the shape stays.
class InvertedResidual final : public torch::nn::Cloneable<InvertedResidual> {
 public:
  InvertedResidual(InvertedResidualBlock block, InvertedResidualStyle style) : block_(block), style_(style) { reset(); }

  void reset() override {
    se_ = nullptr;
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.idle_bias = style_.idle_bias;
      options.form = style_.form;
      return register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    expand_ = unit("expand_conv", {.in = block_.in, .out = block_.inner, .activation = block_.activation});
    depthwise_ = unit("bottleneck_conv", {.in = block_.inner,
                                          .out = block_.inner,
                                          .kernel = {block_.kernel, block_.kernel},
                                          .stride = block_.stride,
                                          .groups = block_.inner,
                                          .activation = block_.activation});
    if (block_.squeeze_excite)
      se_ = register_module("mid_se", std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{
                                          .channels = block_.inner, .slope = style_.slope, .names = {"conv1", "conv2"}}));
    linear_ = unit("linear_conv", {.in = block_.inner, .out = block_.out});
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = depthwise_->forward(expand_->forward(x));
    y = linear_->forward(se_ ? se_->forward(y) : y);
    const bool same_shape = block_.in == block_.out && block_.stride == std::array<std::int64_t, 2>{1, 1};
    return same_shape && block_.shortcut ? x + y : y;
  }

  void fold() {
    for (const auto& unit : {expand_, depthwise_, linear_}) unit->fold();
    style_.form = nn::Form::deployed;
  }

 private:
  InvertedResidualBlock block_;
  InvertedResidualStyle style_;
  std::shared_ptr<nn::ConvUnit> expand_, depthwise_, linear_;
  std::shared_ptr<nn::SqueezeExcite> se_;
};

struct MobileNetV3LineLayout {
  std::int64_t stem, last;  // channels
  bool idle_bias;
  double slope;
  std::span<const InvertedResidualBlock> blocks;
};

inline constexpr auto kMobileNetV3TinyLineBlocks = [] {
  constexpr auto re = nn::Activation::relu, hs = nn::Activation::hard_swish;
  return std::to_array<InvertedResidualBlock>({{3, 8, 8, 8, {2, 1}, true, re},
                                               {3, 8, 24, 8, {2, 1}, false, re},
                                               {3, 8, 32, 8, {1, 1}, false, re},
                                               {5, 8, 32, 16, {2, 1}, true, hs},
                                               {5, 16, 88, 16, {1, 1}, true, hs},
                                               {5, 16, 88, 16, {1, 1}, true, hs},
                                               {5, 16, 40, 16, {1, 1}, true, hs},
                                               {5, 16, 48, 16, {1, 1}, true, hs},
                                               {5, 16, 104, 32, {2, 1}, true, hs},
                                               {5, 32, 200, 32, {1, 1}, true, hs},
                                               {5, 32, 200, 32, {1, 1}, true, hs}});
}();

// The published networks have no shortcut in the first block, though its shape stays.
inline constexpr auto kMobileNetV3SmallLineBlocks = [] {
  constexpr auto re = nn::Activation::relu, hs = nn::Activation::hard_swish;
  return std::to_array<InvertedResidualBlock>({{3, 16, 16, 16, {1, 1}, true, re, /*shortcut=*/false},
                                               {3, 16, 72, 24, {2, 1}, false, re},
                                               {3, 24, 88, 24, {1, 1}, false, re},
                                               {5, 24, 96, 40, {2, 1}, true, hs},
                                               {5, 40, 240, 40, {1, 1}, true, hs},
                                               {5, 40, 240, 40, {1, 1}, true, hs},
                                               {5, 40, 120, 48, {1, 1}, true, hs},
                                               {5, 48, 144, 48, {1, 1}, true, hs},
                                               {5, 48, 288, 96, {2, 1}, true, hs},
                                               {5, 96, 576, 96, {1, 1}, true, hs},
                                               {5, 96, 576, 96, {1, 1}, true, hs}});
}();

inline constexpr auto kMobileNetV3LargeLineBlocks = [] {
  constexpr auto re = nn::Activation::relu, hs = nn::Activation::hard_swish;
  return std::to_array<InvertedResidualBlock>({{3, 16, 16, 16, {1, 1}, false, re},
                                               {3, 16, 64, 24, {2, 1}, false, re},
                                               {3, 24, 72, 24, {1, 1}, false, re},
                                               {5, 24, 72, 40, {2, 1}, true, re},
                                               {5, 40, 120, 40, {1, 1}, true, re},
                                               {5, 40, 120, 40, {1, 1}, true, re},
                                               {3, 40, 240, 80, {1, 1}, false, hs},
                                               {3, 80, 200, 80, {1, 1}, false, hs},
                                               {3, 80, 184, 80, {1, 1}, false, hs},
                                               {3, 80, 184, 80, {1, 1}, false, hs},
                                               {3, 80, 480, 112, {1, 1}, true, hs},
                                               {3, 112, 672, 112, {1, 1}, true, hs},
                                               {5, 112, 672, 160, {2, 1}, true, hs},
                                               {5, 160, 960, 160, {1, 1}, true, hs},
                                               {5, 160, 960, 160, {1, 1}, true, hs}});
}();

template <MobileNetV3LineSize Size>
constexpr MobileNetV3LineLayout mobile_net_v3_line_layout() {
  if constexpr (Size == MobileNetV3LineSize::tiny)
    return {.stem = 8, .last = 200, .idle_bias = false, .slope = 0.2, .blocks = kMobileNetV3TinyLineBlocks};
  else if constexpr (Size == MobileNetV3LineSize::small)
    return {.stem = 16, .last = 576, .idle_bias = true, .slope = 1.0 / 6, .blocks = kMobileNetV3SmallLineBlocks};
  else
    return {.stem = 16, .last = 960, .idle_bias = true, .slope = 1.0 / 6, .blocks = kMobileNetV3LargeLineBlocks};
}

}  // namespace detail

/// MobileNetV3 for text lines, PaddleOCR's form: Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2, with rows
/// shrinking instead of the map, and a 2 x 2 max pool at the end.
///
/// In: [N, planes, 32, W] (32 to 63 rows in fact); tiny [N, planes, 48, W]. Out: [N, 960 (small: 576, tiny: 200), 1, W / 4], W / 2 rounded
/// up before it is halved again. Names `conv1`, `blocks.I.{expand_conv,bottleneck_conv,mid_se,linear_conv}`, `conv2`.
template <MobileNetV3LineSize Size>
class MobileNetV3Line final : public nn::Part<MobileNetV3Line<Size>, MobileNetV3LineOptions> {
  using Base = nn::Part<MobileNetV3Line<Size>, MobileNetV3LineOptions>;
  static constexpr auto kLayout = detail::mobile_net_v3_line_layout<Size>();

 public:
  static constexpr FeatureSpec out = features(Level{.channels = kLayout.last, .stride = 4, .rows = 1});

  explicit MobileNetV3Line(MobileNetV3LineOptions options) : Base(options) {}

  void reset() override {
    const auto form = this->options_.form;
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.activation = nn::Activation::hard_swish;
      options.idle_bias = kLayout.idle_bias;
      options.form = form;
      return this->register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    stem_ = unit("conv1", {.in = this->options_.planes, .out = kLayout.stem, .kernel = {3, 3}, .stride = {2, 2}});
    blocks_ = this->register_module("blocks", std::make_shared<nn::ModuleList<detail::InvertedResidual>>());
    const detail::InvertedResidualStyle style{.idle_bias = kLayout.idle_bias, .slope = kLayout.slope, .form = form};
    for (const auto& block : kLayout.blocks) blocks_->push_back(std::make_shared<detail::InvertedResidual>(block, style));
    last_ = unit("conv2", {.in = kLayout.blocks.back().out, .out = kLayout.last});
  }

  Features forward(const at::Tensor& image) {
    auto x = stem_->forward(image);
    for (const auto& block : *blocks_) x = block->forward(x);
    return {at::max_pool2d(last_->forward(x), {2, 2}, {2, 2})};
  }

  void fold() {
    stem_->fold();
    for (const auto& block : *blocks_) block->fold();
    last_->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<nn::ConvUnit> stem_, last_;
  std::shared_ptr<nn::ModuleList<detail::InvertedResidual>> blocks_;
};

using MobileNetV3LineTiny = MobileNetV3Line<MobileNetV3LineSize::tiny>;
using MobileNetV3LineSmall = MobileNetV3Line<MobileNetV3LineSize::small>;
using MobileNetV3LineLarge = MobileNetV3Line<MobileNetV3LineSize::large>;

}  // namespace scriba::backbone
