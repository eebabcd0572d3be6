#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>

#include <scriba/core/error.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::backbone {

struct ScNetOptions {
  std::int64_t pool_padding = 0;  ///< zeros around the maps that calibration pools: none as published; pytorchOCR's network has 1
  nn::Form form = nn::Form::training;
};

namespace detail {

constexpr std::int64_t kScNetPool = 4;  // rate of the pooling

// A 3 x 3 convolution of the pooled map, which sees further. Names `1`, `2`, after the pooling.
class ScPooled final : public torch::nn::Cloneable<ScPooled> {
 public:
  ScPooled(std::int64_t channels, ScNetOptions options) : channels_(channels), options_(options) { reset(); }
  void reset() override { conv_.register_in(*this, "1", "2", nn::square_conv(channels_, channels_, 3), options_.form); }

  at::Tensor forward(const at::Tensor& x) {
    const auto pad = options_.pool_padding;
    if (std::min(x.size(2), x.size(3)) + 2 * pad < kScNetPool)
      throw Error({.what = "image too small for ScNet, which pools its maps by 4",
                   .expected = "maps of at least " + std::to_string(kScNetPool - 2 * pad) + " pixels a side (stage 4: 1/32 of the image)",
                   .got = std::to_string(x.size(3)) + " x " + std::to_string(x.size(2))});
    return conv_.forward(at::avg_pool2d(x, {kScNetPool, kScNetPool}, {kScNetPool, kScNetPool}, {pad, pad}));
  }

  void fold() {
    conv_.fold(*this);
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t channels_;
  ScNetOptions options_;
  nn::ConvNorm<> conv_;
};

// Self-calibrated convolution, equations 3 to 5: k4(k3(x) sigmoid(x + up(k2(pool(x))))).
class ScConv final : public torch::nn::Cloneable<ScConv> {
 public:
  ScConv(std::int64_t channels, std::int64_t stride, ScNetOptions options) : channels_(channels), stride_(stride), options_(options) {
    reset();
  }

  void reset() override {
    const auto conv = [&](std::int64_t stride) {
      return std::make_shared<nn::ConvNormPair>(nn::square_conv(channels_, channels_, 3, stride), options_.form);
    };
    k2_ = register_module("k2", std::make_shared<ScPooled>(channels_, options_));
    k3_ = register_module("k3", conv(1));
    k4_ = register_module("k4", conv(stride_));
  }

  at::Tensor forward(const at::Tensor& x) {
    return k4_->forward(k3_->forward(x) * at::sigmoid(x + nn::upsample_nearest_like(k2_->forward(x), x)));
  }

  void fold() {
    k2_->fold(), k3_->fold(), k4_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t channels_, stride_;
  ScNetOptions options_;
  std::shared_ptr<ScPooled> k2_;
  std::shared_ptr<nn::ConvNormPair> k3_, k4_;
};

// A bottleneck block of 4 x `inner` channels whose 3 x 3 convolution is done by halves, plainly and self-calibrated.
class ScBlock final : public torch::nn::Cloneable<ScBlock> {
 public:
  ScBlock(std::int64_t in, std::int64_t inner, std::int64_t stride, ScNetOptions options)
      : in_(in), inner_(inner), stride_(stride), options_(options) {
    reset();
  }

  void reset() override {
    const auto half = inner_ / 2, out = 4 * inner_;
    const auto form = options_.form;
    conv1_a_.register_in(*this, "conv1_a", "bn1_a", nn::square_conv(in_, half, 1), form);
    conv1_b_.register_in(*this, "conv1_b", "bn1_b", nn::square_conv(in_, half, 1), form);
    k1_ = register_module("k1", std::make_shared<nn::ConvNormPair>(nn::square_conv(half, half, 3, stride_), form));
    scconv_ = register_module("scconv", std::make_shared<ScConv>(half, stride_, options_));
    conv3_.register_in(*this, "conv3", "bn3", nn::square_conv(inner_, out, 1), form);
    downsample_ = nullptr;
    if (stride_ != 1 || in_ != out)
      downsample_ = register_module("downsample", std::make_shared<nn::ConvNormPair>(nn::square_conv(in_, out, 1, stride_), form));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto plain = at::relu(k1_->forward(at::relu(conv1_a_.forward(x))));
    const auto calibrated = at::relu(scconv_->forward(at::relu(conv1_b_.forward(x))));
    return at::relu(conv3_.forward(at::cat({plain, calibrated}, 1)) + (downsample_ ? downsample_->forward(x) : x));
  }

  void fold() {
    for (auto* conv : {&conv1_a_, &conv1_b_, &conv3_}) conv->fold(*this);
    k1_->fold(), scconv_->fold();
    if (downsample_) downsample_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::int64_t in_, inner_, stride_;
  ScNetOptions options_;
  nn::ConvNorm<> conv1_a_, conv1_b_, conv3_;
  std::shared_ptr<nn::ConvNormPair> k1_, downsample_;
  std::shared_ptr<ScConv> scconv_;
};

}  // namespace detail

/// SCNet-50, a ResNet-50 with self-calibrated convolutions: Liu et al., "Improving Convolutional Networks with Self-Calibrated
/// Convolutions", CVPR 2020, without its classifier.
///
/// In: [N, 3, H, W], sides of at least 97 pixels (33 with `pool_padding` 1), else Error. Out: the four stages, at strides 4 to 32. Names
/// `conv1`, `layer1.0.conv1_a`, `layer1.0.scconv.k2.1` and so on, the authors': load their files with `ignore = {"fc."}`.
class ScNet50 final : public nn::Part<ScNet50, ScNetOptions> {
  static constexpr std::size_t kStages = 4;
  static constexpr std::array<int, kStages> kBlocks{3, 4, 6, 3};

 public:
  static constexpr FeatureSpec out = features(Level{256, 4}, Level{512, 8}, Level{1024, 16}, Level{2048, 32});

  explicit ScNet50(ScNetOptions options) : Part(options) {}

  void reset() override {
    stem_.register_in(*this, "conv1", "bn1", nn::square_conv(3, 64, 7, 2), options_.form);
    std::int64_t channels = 64, inner = 64;
    for (std::size_t s = 0; s < kStages; ++s, inner *= 2) {
      stage_[s] = register_module("layer" + std::to_string(s + 1), std::make_shared<nn::ModuleList<detail::ScBlock>>());
      for (int b = 0; b < kBlocks[s]; ++b) {
        stage_[s]->push_back(std::make_shared<detail::ScBlock>(channels, inner, s > 0 && b == 0 ? 2 : 1, options_));
        channels = 4 * inner;
      }
    }
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = at::max_pool2d(at::relu(stem_.forward(image)), {3, 3}, {2, 2}, {1, 1});
    for (auto& stage : stage_) {
      for (auto& block : *stage) x = block->forward(x);
      maps.push_back(x);
    }
    return maps;
  }

  void fold() {
    stem_.fold(*this);
    for (auto& stage : stage_)
      for (auto& block : *stage) block->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  nn::ConvNorm<> stem_;
  std::array<std::shared_ptr<nn::ModuleList<detail::ScBlock>>, kStages> stage_;
};

}  // namespace scriba::backbone
