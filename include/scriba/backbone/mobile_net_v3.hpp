#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <ATen/ops/relu.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/activation.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

enum class MobileNetV3Size { small, large };

/// What the gates of a MobileNetV3 look at.
enum class MobileNetV3Gate {
  pooled,    ///< the mean over the map: squeeze-excite, Hu et al., CVPR 2018
  per_pixel  ///< each pixel by itself: what the checkpoints of pytorchOCR and of xiaolai-sqlai's `*.old` files were trained with
};

struct MobileNetV3Options {
  MobileNetV3Gate gate = MobileNetV3Gate::pooled;
  nn::Form form = nn::Form::training;
};

namespace detail {

struct MobileNetV3Block {
  std::int64_t kernel, in, inner, out;
  nn::Activation activation;
  bool gate;
  std::int64_t stride;
  bool rows_only = false;  // the stride is of the rows: text lines keep their columns
};

inline at::Tensor gate_input(const at::Tensor& x, MobileNetV3Gate gate) {
  return gate == MobileNetV3Gate::pooled ? x.mean({2, 3}, /*keepdim=*/true) : x;
}

// x a, a = hard_sigmoid(bn(expand(relu(bn(reduce(x)))))), a quarter of the channels in between. Names `0`, `1`, `3`, `4`.
class MobileNetV3GateLayers final : public torch::nn::Cloneable<MobileNetV3GateLayers> {
 public:
  MobileNetV3GateLayers(std::int64_t channels, MobileNetV3Options options) : channels_(channels), options_(options) { reset(); }

  void reset() override {
    const auto inner = channels_ / 4;
    reduce_.register_in(*this, "0", "1", nn::square_conv(channels_, inner, 1), options_.form);
    expand_.register_in(*this, "3", "4", nn::square_conv(inner, channels_, 1), options_.form);
  }

  at::Tensor forward(const at::Tensor& x) {
    return x * nn::hard_sigmoid(expand_.forward(at::relu(reduce_.forward(gate_input(x, options_.gate)))), 1.0 / 6);
  }

  void fold() {
    reduce_.fold(*this);
    expand_.fold(*this);
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t channels_;
  MobileNetV3Options options_;
  nn::ConvNorm<> reduce_, expand_;
};

// The layers of a gate once more by name: checkpoints say `se.se.0`.
template <class Layers, class Options>
class MobileNetV3GateModule final : public torch::nn::Cloneable<MobileNetV3GateModule<Layers, Options>> {
 public:
  MobileNetV3GateModule(std::int64_t channels, Options options) : channels_(channels), options_(options) { reset(); }
  void reset() override { se_ = this->register_module("se", std::make_shared<Layers>(channels_, options_)); }
  at::Tensor forward(const at::Tensor& x) { return se_->forward(x); }
  void fold() {
    se_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t channels_;
  Options options_;
  std::shared_ptr<Layers> se_;
};

// Expand 1x1, depthwise, linear 1x1, gate, and the input added where the stride is 1. Unlike the paper's, the gate comes last.
class MobileNetV3BlockModule final : public torch::nn::Cloneable<MobileNetV3BlockModule> {
  using Gate = MobileNetV3GateModule<MobileNetV3GateLayers, MobileNetV3Options>;

 public:
  MobileNetV3BlockModule(MobileNetV3Block block, MobileNetV3Options options) : block_(block), options_(options) { reset(); }

  void reset() override {
    const auto& [kernel, in, inner, out, activation, gate, stride, rows_only] = block_;
    se_ = nullptr, shortcut_ = nullptr;
    conv1_.register_in(*this, "conv1", "bn1", nn::square_conv(in, inner, 1), options_.form);
    conv2_.register_in(*this, "conv2", "bn2",
                       nn::square_conv(inner, inner, kernel, 1, /*groups=*/inner).stride({stride, rows_only ? 1 : stride}), options_.form);
    conv3_.register_in(*this, "conv3", "bn3", nn::square_conv(inner, out, 1), options_.form);
    if (stride == 1 && in != out)
      shortcut_ = register_module("shortcut", std::make_shared<nn::ConvNormPair>(nn::square_conv(in, out, 1), options_.form));
    if (gate) se_ = register_module("se", std::make_shared<Gate>(out, options_));
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = nn::activate(conv1_.forward(x), block_.activation);
    y = conv3_.forward(nn::activate(conv2_.forward(y), block_.activation));
    if (se_) y = se_->forward(y);
    if (block_.stride != 1) return y;
    return y + (shortcut_ ? shortcut_->forward(x) : x);
  }

  void fold() {
    for (auto* conv : {&conv1_, &conv2_, &conv3_}) conv->fold(*this);
    if (shortcut_) shortcut_->fold();
    if (se_) se_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  MobileNetV3Block block_;
  MobileNetV3Options options_;
  nn::ConvNorm<> conv1_, conv2_, conv3_;
  std::shared_ptr<nn::ConvNormPair> shortcut_;
  std::shared_ptr<Gate> se_;
};

// Blocks and, by number, those after which a map is taken.
struct MobileNetV3Layout {
  std::span<const MobileNetV3Block> blocks;
  std::array<std::size_t, 4> taps;
};

inline constexpr auto kMobileNetV3Small = [] {
  constexpr auto re = nn::Activation::relu, hs = nn::Activation::hard_swish;
  return std::to_array<MobileNetV3Block>({{3, 16, 16, 16, re, true, 1},
                                          {3, 16, 72, 24, re, false, 2},
                                          {3, 24, 88, 24, re, false, 1},
                                          {5, 24, 96, 40, hs, true, 2},
                                          {5, 40, 240, 40, hs, true, 1},
                                          {5, 40, 240, 40, hs, true, 1},
                                          {5, 40, 120, 48, hs, true, 2},
                                          {5, 48, 144, 48, hs, true, 1},
                                          {5, 48, 288, 96, hs, true, 2},
                                          {5, 96, 576, 96, hs, true, 1},
                                          {5, 96, 576, 96, hs, true, 1}});
}();

inline constexpr auto kMobileNetV3Large = [] {
  constexpr auto re = nn::Activation::relu, hs = nn::Activation::hard_swish;
  return std::to_array<MobileNetV3Block>({{3, 16, 16, 16, re, false, 1},
                                          {3, 16, 64, 24, re, false, 2},
                                          {3, 24, 72, 24, re, false, 1},
                                          {5, 24, 72, 40, re, true, 2},
                                          {5, 40, 120, 40, re, true, 1},
                                          {5, 40, 120, 40, re, true, 1},
                                          {3, 40, 240, 80, hs, false, 2},
                                          {3, 80, 200, 80, hs, false, 1},
                                          {3, 80, 184, 80, hs, false, 1},
                                          {3, 80, 184, 80, hs, false, 1},
                                          {3, 80, 480, 112, hs, true, 2},
                                          {3, 112, 672, 112, hs, true, 1},
                                          {5, 112, 672, 160, hs, true, 1},
                                          {5, 160, 672, 160, hs, true, 1},
                                          {5, 160, 960, 160, hs, true, 1}});
}();

template <MobileNetV3Size Size>
constexpr MobileNetV3Layout mobile_net_v3_layout() {
  if constexpr (Size == MobileNetV3Size::small)
    return {kMobileNetV3Small, {2, 5, 7, 10}};
  else
    return {kMobileNetV3Large, {2, 5, 9, 14}};
}

}  // namespace detail

/// MobileNetV3 for detection: Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2, in pytorchOCR's form: gates after the
/// linear convolution instead of before it, batch norms inside the gates, and in `large` the last stride two blocks earlier.
///
/// In: [N, 3, H, W]. Out: four maps at strides 4 to 32. Names `conv1`, `bn1`, `bneck.I.{conv,bn}{1,2,3}`, `bneck.I.se.se.N`,
/// `bneck.I.shortcut.N`. The names and shapes are the same for both gates, so a checkpoint of the other gate loads and computes nonsense.
template <MobileNetV3Size Size>
class MobileNetV3 final : public nn::Part<MobileNetV3<Size>, MobileNetV3Options> {
  using Base = nn::Part<MobileNetV3<Size>, MobileNetV3Options>;
  static constexpr auto kLayout = detail::mobile_net_v3_layout<Size>();
  static constexpr Level level(std::size_t i) { return {kLayout.blocks[kLayout.taps[i]].out, std::int64_t{4} << i}; }

 public:
  static constexpr FeatureSpec out = features(level(0), level(1), level(2), level(3));

  explicit MobileNetV3(MobileNetV3Options options) : Base(options) {}

  void reset() override {
    stem_.register_in(*this, "conv1", "bn1", nn::square_conv(3, 16, 3, 2), this->options_.form);
    blocks_ = this->register_module("bneck", std::make_shared<nn::ModuleList<detail::MobileNetV3BlockModule>>());
    for (const auto& block : kLayout.blocks) blocks_->push_back(std::make_shared<detail::MobileNetV3BlockModule>(block, this->options_));
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = nn::activate(stem_.forward(image), nn::Activation::hard_swish);
    for (std::size_t i = 0; i < blocks_->size(); ++i) {
      x = (*blocks_)[i]->forward(x);
      if (i == kLayout.taps[maps.size()]) maps.push_back(x);
    }
    return maps;
  }

  void fold() {
    stem_.fold(*this);
    for (auto& block : *blocks_) block->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  nn::ConvNorm<> stem_;
  std::shared_ptr<nn::ModuleList<detail::MobileNetV3BlockModule>> blocks_;
};

using MobileNetV3Small = MobileNetV3<MobileNetV3Size::small>;
using MobileNetV3Large = MobileNetV3<MobileNetV3Size::large>;

}  // namespace scriba::backbone
