#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/init.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct VggLineOptions {
  std::int64_t planes = 3;  ///< of the image: 1 for grey, 3 for colour
  nn::Form form = nn::Form::training;
};

namespace detail {

// Convolutions, norms, activations and pools, numbered together as in torchvision's sequence.
class VggLayers final : public torch::nn::Cloneable<VggLayers> {
 public:
  struct Layout {
    std::array<int, 5> convolutions;  // of each stage
    bool norm;
  };

  VggLayers(Layout layout, VggLineOptions options) : layout_(layout), options_(options) { reset(); }

  void reset() override {
    constexpr std::array<std::int64_t, kStages> widths{64, 128, 256, 512, 512};
    // Without batch norm there is one form, that of convolutions with bias.
    const auto form = layout_.norm ? options_.form : nn::Form::deployed;
    std::int64_t in = options_.planes;
    int number = 0;
    for (std::size_t s = 0; s < kStages; ++s) {
      stage_[s].clear();
      for (int i = 0; i < layout_.convolutions[s]; ++i) {
        stage_[s].emplace_back().register_in(*this, std::to_string(number), std::to_string(number + 1), nn::square_conv(in, widths[s], 3),
                                             form,
                                             /*idle_bias=*/true);
        in = widths[s];
        number += layout_.norm ? 3 : 2;
      }
      ++number;
    }
    for (auto& item : named_parameters())
      if (item.key().ends_with("bias")) torch::nn::init::zeros_(item.value());
  }

  at::Tensor forward(at::Tensor x) {
    for (std::size_t s = 0; s < kStages; ++s) {
      for (auto& conv : stage_[s]) x = at::relu(conv.forward(x));
      x = at::max_pool2d(x, {2, 2}, {2, s < 2 ? 2 : 1});
    }
    return x;
  }

  void fold() {
    for (auto& stage : stage_)
      for (auto& conv : stage) conv.fold(*this);
    options_.form = nn::Form::deployed;
  }

 private:
  static constexpr std::size_t kStages = 5;
  Layout layout_;
  VggLineOptions options_;
  std::array<std::vector<nn::ConvNorm<>>, kStages> stage_;
};

}  // namespace detail

/// VGG for text lines: Simonyan and Zisserman, "Very Deep Convolutional Networks", ICLR 2015, table 1, without its classifier; the last
/// three pools are 2x2 windows that move by one column.
///
/// `Depth`: 11, 13, 16 or 19; `Norm`: batch norm after each convolution. In: [N, planes, 32, W], W at least 16. Out:
/// [N, 512, 1, W / 4 - 3]: the three windows take a column each. Names `features.N` with torchvision's numbers, so that its ImageNet
/// weights fit a colour network.
template <int Depth, bool Norm = false>
class VggLine final : public nn::Part<VggLine<Depth, Norm>, VggLineOptions> {
  static_assert(Depth == 11 || Depth == 13 || Depth == 16 || Depth == 19, "VggLine: Depth is 11, 13, 16 or 19");
  using Base = nn::Part<VggLine<Depth, Norm>, VggLineOptions>;
  static constexpr std::array<int, 5> kConvolutions = Depth == 11   ? std::array{1, 1, 2, 2, 2}
                                                      : Depth == 13 ? std::array{2, 2, 2, 2, 2}
                                                      : Depth == 16 ? std::array{2, 2, 3, 3, 3}
                                                                    : std::array{2, 2, 4, 4, 4};

 public:
  static constexpr FeatureSpec out = features(Level{.channels = 512, .stride = 4, .rows = 1});

  explicit VggLine(VggLineOptions options) : Base(options) {}

  void reset() override {
    layers_ = this->register_module("features",
                                    std::make_shared<detail::VggLayers>(detail::VggLayers::Layout{kConvolutions, Norm}, this->options_));
  }

  Features forward(const at::Tensor& image) { return {layers_->forward(image)}; }

  void fold() {
    layers_->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<detail::VggLayers> layers_;
};

using Vgg11Line = VggLine<11>;
using Vgg13Line = VggLine<13>;
using Vgg16Line = VggLine<16>;
using Vgg19Line = VggLine<19>;
using Vgg11BnLine = VggLine<11, true>;
using Vgg13BnLine = VggLine<13, true>;
using Vgg16BnLine = VggLine<16, true>;
using Vgg19BnLine = VggLine<19, true>;

}  // namespace scriba::backbone
