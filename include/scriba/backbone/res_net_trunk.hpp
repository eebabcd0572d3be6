#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/relu.h>

#include <scriba/nn/module_list.hpp>
#include <scriba/nn/residual_block.hpp>

namespace scriba::backbone {

/// What a residual network starts with, to stride 2.
enum class ResNetStem {
  conv7x7,  ///< one convolution to 64 channels, as published by He et al.
  deep3x3   ///< three to 64, 64 and 128 channels, as in PSENet's networks, whose first stage then has a projection at any depth
};

namespace detail {

constexpr std::int64_t stem_channels(ResNetStem stem) { return stem == ResNetStem::conv7x7 ? 64 : 128; }

/// Stem and stages of a residual network, registered in the backbone that owns them. A member, not a module.
/// Names `conv1`, `bn1` (deep stem: to `conv3`, `bn3`), `layer1` to `layerN`.
template <std::size_t Stages>
class ResNetTrunk {
 public:
  struct Layout {
    ResNetStem stem;
    std::array<int, Stages> blocks;          // of each stage
    std::array<std::int64_t, Stages> inner;  // channels of its convolutions
    bool bottleneck;
    std::array<bool, Stages> deformable;  // its second convolutions
  };

  void register_in(torch::nn::Module& owner, const Layout& layout, nn::Form form) {
    stem_.clear();
    const auto convolution = [&](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
      const auto number = std::to_string(stem_.size() + 1);
      stem_.emplace_back().register_in(owner, "conv" + number, "bn" + number, nn::square_conv(in, out, kernel, stride), form);
    };
    if (layout.stem == ResNetStem::conv7x7) {
      convolution(3, 64, 7, 2);
    } else {
      convolution(3, 64, 3, 2);
      convolution(64, 64, 3, 1);
      convolution(64, 128, 3, 1);
    }
    auto channels = stem_channels(layout.stem);
    for (std::size_t s = 0; s < Stages; ++s) {
      stage_[s] = owner.register_module("layer" + std::to_string(s + 1), std::make_shared<nn::ModuleList<nn::ResidualBlock>>());
      for (int b = 0; b < layout.blocks[s]; ++b) {
        const nn::ResidualBlockOptions options{.in = channels,
                                               .inner = layout.inner[s],
                                               .stride = s > 0 && b == 0 ? 2 : 1,
                                               .bottleneck = layout.bottleneck,
                                               .deformable = layout.deformable[s],
                                               .form = form};
        stage_[s]->push_back(std::make_shared<nn::ResidualBlock>(options));
        channels = options.out();
      }
    }
  }

  at::Tensor stem(at::Tensor x) {
    for (auto& conv : stem_) x = at::relu(conv.forward(x));
    return x;
  }

  at::Tensor stage(std::size_t s, at::Tensor x) {
    for (auto& block : *stage_[s]) x = block->forward(x);
    return x;
  }

  void fold(torch::nn::Module& owner) {
    for (auto& conv : stem_) conv.fold(owner);
    for (auto& stage : stage_)
      for (auto& block : *stage) block->fold();
  }

 private:
  std::vector<nn::ConvNorm<>> stem_;
  std::array<std::shared_ptr<nn::ModuleList<nn::ResidualBlock>>, Stages> stage_;
};

}  // namespace detail
}  // namespace scriba::backbone
