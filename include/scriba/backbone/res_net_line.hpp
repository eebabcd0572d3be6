#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct ResNetLineOptions {
  std::int64_t planes = 3;  ///< of the image: 1 for grey, 3 for colour
  nn::Form form = nn::Form::training;
};

namespace detail {

struct ResNetLineBlockOptions {
  std::int64_t in{}, inner{};  // a bottleneck block gives four times `inner`
  std::array<std::int64_t, 2> stride{1, 1};
  bool bottleneck = false;
  bool first = false;  // of the network: projects its input though the shape stays
  nn::Form form = nn::Form::training;

  constexpr std::int64_t out() const { return bottleneck ? 4 * inner : inner; }
};

// A residual block whose projection averages before it thins out: He et al., "Bag of Tricks", CVPR 2019, figure 2 (ResNet-D).
// Names `conv0`, `conv1`, `conv2`, `short`.
class ResNetLineBlock final : public torch::nn::Cloneable<ResNetLineBlock> {
 public:
  explicit ResNetLineBlock(ResNetLineBlockOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto& [in, inner, stride, bottleneck, first, form] = options_;
    conv2_ = nullptr, short_ = nullptr;
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.idle_bias = true;
      options.form = options_.form;
      return register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    constexpr auto relu = nn::Activation::relu;
    if (bottleneck) {
      conv0_ = unit("conv0", {.in = in, .out = inner, .activation = relu});
      conv1_ = unit("conv1", {.in = inner, .out = inner, .kernel = {3, 3}, .stride = stride, .activation = relu});
      conv2_ = unit("conv2", {.in = inner, .out = options_.out()});
    } else {
      conv0_ = unit("conv0", {.in = in, .out = inner, .kernel = {3, 3}, .stride = stride, .activation = relu});
      conv1_ = unit("conv1", {.in = inner, .out = inner, .kernel = {3, 3}});
    }
    if (first || strided() || in != options_.out()) short_ = unit("short", {.in = in, .out = options_.out()});
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = conv1_->forward(conv0_->forward(x));
    if (conv2_) y = conv2_->forward(y);
    return at::relu(y + shortcut(x));
  }

  void fold() {
    for (const auto& unit : {conv0_, conv1_, conv2_, short_})
      if (unit) unit->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  bool strided() const { return options_.stride != std::array<std::int64_t, 2>{1, 1}; }

  at::Tensor shortcut(const at::Tensor& x) {
    if (!short_) return x;
    const auto [rows, columns] = options_.stride;
    return short_->forward(strided() ? at::avg_pool2d(x, {rows, columns}, {rows, columns}, 0, /*ceil_mode=*/true) : x);
  }

  ResNetLineBlockOptions options_;
  std::shared_ptr<nn::ConvUnit> conv0_, conv1_, conv2_, short_;
};

}  // namespace detail

/// Residual network for text lines, PaddleOCR's ResNet-vd in pytorchOCR's form: a stem of three 3x3 convolutions, four stages that shrink
/// rows only, ResNet-D projections, idle biases before batch norms. He et al., CVPR 2016 and CVPR 2019.
///
/// `Depth`: 18, 34, 50, 101 or 152. In: [N, planes, 32, W], 32 to 63 rows in fact. Out: [N, 512 (from 50 on 2048), 1, W / 4], W / 2
/// rounded up before it is halved again. Names `conv1_1` to `conv1_3`, `block.I.conv0` and so on.
template <int Depth>
class ResNetLine final : public nn::Part<ResNetLine<Depth>, ResNetLineOptions> {
  static_assert(Depth == 18 || Depth == 34 || Depth == 50 || Depth == 101 || Depth == 152, "ResNetLine: Depth is 18, 34, 50, 101 or 152");
  using Base = nn::Part<ResNetLine<Depth>, ResNetLineOptions>;
  static constexpr bool kBottleneck = Depth >= 50;
  static constexpr std::array<int, 4> kBlocks = Depth == 18    ? std::array{2, 2, 2, 2}
                                                : Depth == 101 ? std::array{3, 4, 23, 3}
                                                : Depth == 152 ? std::array{3, 8, 36, 3}
                                                               : std::array{3, 4, 6, 3};

 public:
  static constexpr FeatureSpec out = features(Level{.channels = kBottleneck ? 2048 : 512, .stride = 4, .rows = 1});

  explicit ResNetLine(ResNetLineOptions options) : Base(options) {}

  void reset() override {
    const auto stem = [&](const char* name, std::int64_t in, std::int64_t channels) {
      return this->register_module(name, std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = in,
                                                                                            .out = channels,
                                                                                            .kernel = {3, 3},
                                                                                            .activation = nn::Activation::relu,
                                                                                            .idle_bias = true,
                                                                                            .form = this->options_.form}));
    };
    stem_ = {stem("conv1_1", this->options_.planes, 32), stem("conv1_2", 32, 32), stem("conv1_3", 32, 64)};
    blocks_ = this->register_module("block", std::make_shared<nn::ModuleList<detail::ResNetLineBlock>>());
    std::int64_t channels = 64;
    for (std::size_t s = 0; s < kBlocks.size(); ++s)
      for (int b = 0; b < kBlocks[s]; ++b) {
        const detail::ResNetLineBlockOptions block{.in = channels,
                                                   .inner = std::int64_t{64} << s,
                                                   .stride = {s > 0 && b == 0 ? 2 : 1, 1},
                                                   .bottleneck = kBottleneck,
                                                   .first = s == 0 && b == 0,
                                                   .form = this->options_.form};
        blocks_->push_back(std::make_shared<detail::ResNetLineBlock>(block));
        channels = block.out();
      }
  }

  Features forward(const at::Tensor& image) {
    auto x = image;
    for (const auto& unit : stem_) x = unit->forward(x);
    x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
    for (const auto& block : *blocks_) x = block->forward(x);
    return {at::max_pool2d(x, {2, 2}, {2, 2})};
  }

  void fold() {
    for (const auto& unit : stem_) unit->fold();
    for (const auto& block : *blocks_) block->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  std::array<std::shared_ptr<nn::ConvUnit>, 3> stem_;
  std::shared_ptr<nn::ModuleList<detail::ResNetLineBlock>> blocks_;
};

using ResNet18Line = ResNetLine<18>;
using ResNet34Line = ResNetLine<34>;
using ResNet50Line = ResNetLine<50>;
using ResNet101Line = ResNetLine<101>;
using ResNet152Line = ResNetLine<152>;

}  // namespace scriba::backbone
