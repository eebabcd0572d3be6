#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/cat.h>
#include <ATen/ops/channel_shuffle.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct ShuffleNetV2Options {
  nn::Form form = nn::Form::training;
};

namespace detail {

constexpr std::int64_t kShuffleNetV2Stem = 24;

// Channels of the three stages.
constexpr std::array<std::int64_t, 3> shuffle_net_v2_widths(int percent) {
  switch (percent) {
    case 50:
      return {48, 96, 192};
    case 100:
      return {116, 232, 464};
    case 150:
      return {176, 352, 704};
    default:
      return {244, 488, 976};
  }
}

// Depthwise 3 x 3, then 1 x 1; the main branch has a 1 x 1 before. Names by position in the published sequence, activations counted.
class ShuffleBranch final : public torch::nn::Cloneable<ShuffleBranch> {
 public:
  ShuffleBranch(std::int64_t in, std::int64_t out, std::int64_t stride, bool main, nn::Form form)
      : in_(in), out_(out), stride_(stride), main_(main), form_(form) {
    reset();
  }

  void reset() override {
    const auto middle = main_ ? out_ : in_;
    if (main_) first_.register_in(*this, "0", "1", nn::square_conv(in_, out_, 1), form_);
    depthwise_.register_in(*this, main_ ? "3" : "0", main_ ? "4" : "1", nn::square_conv(middle, middle, 3, stride_, middle), form_);
    last_.register_in(*this, main_ ? "5" : "2", main_ ? "6" : "3", nn::square_conv(middle, out_, 1), form_);
  }

  at::Tensor forward(const at::Tensor& x) { return at::relu(last_.forward(depthwise_.forward(main_ ? at::relu(first_.forward(x)) : x))); }

  void fold() {
    if (main_) first_.fold(*this);
    depthwise_.fold(*this);
    last_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_, out_, stride_;
  bool main_;
  nn::Form form_;
  nn::ConvNorm<> first_, depthwise_, last_;
};

// Figure 3 (c), and (d) where the stride is 2: one half of the channels passes by, or a branch of its own halves the map.
class ShuffleUnit final : public torch::nn::Cloneable<ShuffleUnit> {
 public:
  ShuffleUnit(std::int64_t in, std::int64_t out, std::int64_t stride, nn::Form form) : in_(in), out_(out), stride_(stride), form_(form) {
    reset();
  }

  void reset() override {
    const auto half = out_ / 2;
    branch1_ = nullptr;
    if (stride_ != 1) branch1_ = register_module("branch1", std::make_shared<ShuffleBranch>(in_, half, stride_, false, form_));
    branch2_ = register_module("branch2", std::make_shared<ShuffleBranch>(stride_ == 1 ? half : in_, half, stride_, true, form_));
  }

  at::Tensor forward(const at::Tensor& x) {
    if (branch1_) return at::channel_shuffle(at::cat({branch1_->forward(x), branch2_->forward(x)}, 1), 2);
    const auto halves = x.chunk(2, 1);
    return at::channel_shuffle(at::cat({halves[0], branch2_->forward(halves[1])}, 1), 2);
  }

  void fold() {
    if (branch1_) branch1_->fold();
    branch2_->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_, out_, stride_;
  nn::Form form_;
  std::shared_ptr<ShuffleBranch> branch1_, branch2_;
};

}  // namespace detail

/// ShuffleNetV2: Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV 2018, table 5, without
/// its last convolution and its classifier.
///
/// `Percent` of width: 50, 100, 150 or 200, the paper's 0.5x to 2x. In: [N, 3, H, W]. Out: the pooled stem and the three stages, at
/// strides 4 to 32. Names `conv1.0`, `stage2.0.branch1.0` and so on, torchvision's: load its files with `ignore = {"conv5.", "fc."}`.
template <int Percent>
class ShuffleNetV2 final : public nn::Part<ShuffleNetV2<Percent>, ShuffleNetV2Options> {
  static_assert(Percent == 50 || Percent == 100 || Percent == 150 || Percent == 200, "ShuffleNetV2: Percent is 50, 100, 150 or 200");
  using Base = nn::Part<ShuffleNetV2<Percent>, ShuffleNetV2Options>;
  static constexpr auto kWidths = detail::shuffle_net_v2_widths(Percent);
  static constexpr std::array<int, 3> kUnits{4, 8, 4};

 public:
  static constexpr FeatureSpec out =
      features(Level{detail::kShuffleNetV2Stem, 4}, Level{kWidths[0], 8}, Level{kWidths[1], 16}, Level{kWidths[2], 32});

  explicit ShuffleNetV2(ShuffleNetV2Options options) : Base(options) {}

  void reset() override {
    const auto form = this->options_.form;
    auto channels = detail::kShuffleNetV2Stem;
    stem_ = this->register_module("conv1", std::make_shared<nn::ConvNormPair>(nn::square_conv(3, channels, 3, 2), form));
    for (std::size_t s = 0; s < stage_.size(); ++s) {
      stage_[s] = this->register_module("stage" + std::to_string(s + 2), std::make_shared<nn::ModuleList<detail::ShuffleUnit>>());
      for (int u = 0; u < kUnits[s]; ++u) {
        stage_[s]->push_back(std::make_shared<detail::ShuffleUnit>(channels, kWidths[s], u == 0 ? 2 : 1, form));
        channels = kWidths[s];
      }
    }
  }

  Features forward(const at::Tensor& image) {
    Features maps{at::max_pool2d(at::relu(stem_->forward(image)), {3, 3}, {2, 2}, {1, 1})};
    for (auto& stage : stage_) {
      auto x = maps.back();
      for (auto& unit : *stage) x = unit->forward(x);
      maps.push_back(x);
    }
    return maps;
  }

  void fold() {
    stem_->fold();
    for (auto& stage : stage_)
      for (auto& unit : *stage) unit->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<nn::ConvNormPair> stem_;
  std::array<std::shared_ptr<nn::ModuleList<detail::ShuffleUnit>>, 3> stage_;
};

using ShuffleNetV2X05 = ShuffleNetV2<50>;
using ShuffleNetV2X10 = ShuffleNetV2<100>;
using ShuffleNetV2X15 = ShuffleNetV2<150>;
using ShuffleNetV2X20 = ShuffleNetV2<200>;

}  // namespace scriba::backbone
