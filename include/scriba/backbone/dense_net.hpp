#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <torch/nn/init.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/pre_norm.hpp>

namespace scriba::backbone {

/// Which form of a dense block's result a DenseNet hands on.
enum class DenseNetMaps {
  normalized,  ///< after the batch norm and the rectifier that follow the block, which is what the next block is made from
  raw          ///< the concatenation itself, as pytorchOCR does; the last batch norm, `norm5`, then never learns
};

struct DenseNetOptions {
  DenseNetMaps maps = DenseNetMaps::normalized;
  nn::Form form = nn::Form::training;
};

namespace detail {

struct DenseNetLayout {
  std::int64_t stem, growth;  // channels: of the stem, and what each layer adds
  std::array<int, 4> layers;  // of each block

  // Channels of what a block returns; a transition halves them.
  constexpr std::int64_t channels(std::size_t block) const {
    return (block == 0 ? stem : channels(block - 1) / 2) + layers[block] * growth;
  }
};

constexpr DenseNetLayout dense_net_layout(int depth) {
  switch (depth) {
    case 121:
      return {64, 32, {6, 12, 24, 16}};
    case 161:
      return {96, 48, {6, 12, 36, 24}};
    case 169:
      return {64, 32, {6, 12, 32, 32}};
    default:
      return {64, 32, {6, 12, 48, 32}};
  }
}

inline torch::nn::Conv2dOptions bare_conv(std::int64_t in, std::int64_t out, std::int64_t kernel) {
  return nn::square_conv(in, out, kernel).bias(false);
}

// Norm, 1 x 1 to four times the growth, norm, 3 x 3; what comes out is appended to what came in.
class DenseLayer final : public torch::nn::Cloneable<DenseLayer> {
 public:
  DenseLayer(std::int64_t in, std::int64_t growth, nn::Form form) : in_(in), growth_(growth), form_(form) { reset(); }

  void reset() override {
    norm1_.register_in(*this, "norm1", in_, form_);
    conv1_.register_in(*this, "conv1", "norm2", nn::square_conv(in_, 4 * growth_, 1), form_);
    conv2_ = register_module("conv2", torch::nn::Conv2d(bare_conv(4 * growth_, growth_, 3)));
  }

  at::Tensor forward(const at::Tensor& x) {
    return at::cat({x, conv2_->forward(at::relu(conv1_.forward(at::relu(norm1_.forward(x)))))}, 1);
  }

  void fold() {
    norm1_.fold(*this);
    conv1_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_, growth_;
  nn::Form form_;
  nn::PreNorm norm1_;
  nn::ConvNorm<> conv1_;
  torch::nn::Conv2d conv2_{nullptr};
};

class DenseBlock final : public torch::nn::Cloneable<DenseBlock> {
 public:
  DenseBlock(std::int64_t in, std::int64_t growth, int layers, nn::Form form) : in_(in), growth_(growth), count_(layers), form_(form) {
    reset();
  }

  void reset() override {
    layers_.clear();
    for (int i = 0; i < count_; ++i)
      layers_.push_back(
          register_module("denselayer" + std::to_string(i + 1), std::make_shared<DenseLayer>(in_ + i * growth_, growth_, form_)));
  }

  at::Tensor forward(at::Tensor x) {
    for (auto& layer : layers_) x = layer->forward(x);
    return x;
  }

  void fold() {
    for (auto& layer : layers_) layer->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_, growth_;
  int count_;
  nn::Form form_;
  std::vector<std::shared_ptr<DenseLayer>> layers_;
};

// From block to block: norm, half the channels, half the size.
class DenseTransition final : public torch::nn::Cloneable<DenseTransition> {
 public:
  DenseTransition(std::int64_t in, nn::Form form) : in_(in), form_(form) { reset(); }

  void reset() override {
    norm_.register_in(*this, "norm", in_, form_);
    conv_ = register_module("conv", torch::nn::Conv2d(bare_conv(in_, in_ / 2, 1)));
  }

  at::Tensor normalized(const at::Tensor& x) { return at::relu(norm_.forward(x)); }

  // Means of 2 x 2 before a 1 x 1 convolution without bias are its means after it, for a quarter of the work.
  at::Tensor shrunk(const at::Tensor& normalized) { return conv_->forward(at::avg_pool2d(normalized, {2, 2}, {2, 2})); }

  void fold() {
    norm_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_;
  nn::Form form_;
  nn::PreNorm norm_;
  torch::nn::Conv2d conv_{nullptr};
};

// All layers: checkpoints have them under `features`.
class DenseNetLayers final : public torch::nn::Cloneable<DenseNetLayers> {
 public:
  DenseNetLayers(DenseNetLayout layout, DenseNetOptions options) : layout_(layout), options_(options) { reset(); }

  void reset() override {
    stem_.register_in(*this, "conv0", "norm0", nn::square_conv(3, layout_.stem, 7, 2), options_.form);
    for (std::size_t i = 0; i < block_.size(); ++i) {
      const auto number = std::to_string(i + 1);
      const auto in = i == 0 ? layout_.stem : layout_.channels(i - 1) / 2;
      block_[i] =
          register_module("denseblock" + number, std::make_shared<DenseBlock>(in, layout_.growth, layout_.layers[i], options_.form));
      if (i < transition_.size())
        transition_[i] = register_module("transition" + number, std::make_shared<DenseTransition>(layout_.channels(i), options_.form));
    }
    norm5_.register_in(*this, "norm5", layout_.channels(3), options_.form);
    for (const auto& child : modules(/*include_self=*/false))
      if (const auto* conv = child->as<torch::nn::Conv2d>()) torch::nn::init::kaiming_normal_(conv->weight);
  }

  Features forward(const at::Tensor& image) {
    const bool raw = options_.maps == DenseNetMaps::raw;
    Features maps;
    auto x = at::max_pool2d(at::relu(stem_.forward(image)), {3, 3}, {2, 2}, {1, 1});
    for (std::size_t i = 0; i < transition_.size(); ++i) {
      x = block_[i]->forward(x);
      const auto normalized = transition_[i]->normalized(x);
      maps.push_back(raw ? x : normalized);
      x = transition_[i]->shrunk(normalized);
    }
    x = block_.back()->forward(x);
    maps.push_back(raw ? x : at::relu(norm5_.forward(x)));
    return maps;
  }

  void fold() {
    stem_.fold(*this);
    for (auto& block : block_) block->fold();
    for (auto& transition : transition_) transition->fold();
    norm5_.fold(*this);
    options_.form = nn::Form::deployed;
  }

 private:
  DenseNetLayout layout_;
  DenseNetOptions options_;
  nn::ConvNorm<> stem_;
  std::array<std::shared_ptr<DenseBlock>, 4> block_;
  std::array<std::shared_ptr<DenseTransition>, 3> transition_;
  nn::PreNorm norm5_;
};

}  // namespace detail

/// DenseNet-BC: Huang et al., "Densely Connected Convolutional Networks", CVPR 2017, table 1, without its classifier.
///
/// `Depth`: 121, 161, 169 or 201. In: [N, 3, H, W], sides multiples of 32. Out: the four dense blocks, at strides 4 to 32. Names
/// `features.conv0`, `features.denseblock1.denselayer1.norm1` and so on, torchvision's; its files of weights write `norm.1` for `norm1`:
/// load them with `name_map = io::dense_net_file_names()` and `ignore = {"classifier."}`.
template <int Depth>
class DenseNet final : public nn::Part<DenseNet<Depth>, DenseNetOptions> {
  static_assert(Depth == 121 || Depth == 161 || Depth == 169 || Depth == 201, "DenseNet: Depth is 121, 161, 169 or 201");
  using Base = nn::Part<DenseNet<Depth>, DenseNetOptions>;
  static constexpr auto kLayout = detail::dense_net_layout(Depth);

 public:
  static constexpr FeatureSpec out = features(Level{kLayout.channels(0), 4}, Level{kLayout.channels(1), 8}, Level{kLayout.channels(2), 16},
                                              Level{kLayout.channels(3), 32});

  explicit DenseNet(DenseNetOptions options) : Base(options) {}

  void reset() override { layers_ = this->register_module("features", std::make_shared<detail::DenseNetLayers>(kLayout, this->options_)); }

  Features forward(const at::Tensor& image) { return layers_->forward(image); }

  void fold() {
    layers_->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<detail::DenseNetLayers> layers_;
};

using DenseNet121 = DenseNet<121>;
using DenseNet161 = DenseNet<161>;
using DenseNet169 = DenseNet<169>;
using DenseNet201 = DenseNet<201>;

}  // namespace scriba::backbone
