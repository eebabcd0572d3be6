#pragma once

#include <array>
#include <cstddef>

#include <ATen/ops/max_pool2d.h>

#include <scriba/backbone/res_net_trunk.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct SastResNetOptions {
  std::array<bool, 5> deformable{};  ///< stages whose blocks have a modulated deformable convolution, see nn::DeformConvNorm
  nn::Form form = nn::Form::training;
};

/// ResNet-50 with a fifth stage, the backbone of SAST: Wang et al., "A Single-Shot Arbitrarily-Shaped Text Detector based on Context
/// Attended Multi-Task Learning", ACM MM 2019, figure 2.
///
/// In: [N, 3, H, W], sides best multiples of 64. Out: the image itself, what the stem gives, and the five stages, at strides 1 to 64.
/// Names as ResNet's, with `layer5`.
template <ResNetStem Stem>
class SastResNet final : public nn::Part<SastResNet<Stem>, SastResNetOptions> {
  using Base = nn::Part<SastResNet<Stem>, SastResNetOptions>;
  static constexpr std::size_t kStages = 5;

 public:
  static constexpr FeatureSpec out = features(Level{3, 1}, Level{detail::stem_channels(Stem), 2}, Level{256, 4}, Level{512, 8},
                                              Level{1024, 16}, Level{2048, 32}, Level{2048, 64});

  explicit SastResNet(SastResNetOptions options) : Base(options) {}

  void reset() override {
    trunk_.register_in(*this,
                       {.stem = Stem,
                        .blocks = {3, 4, 6, 3, 3},
                        .inner = {64, 128, 256, 512, 512},
                        .bottleneck = true,
                        .deformable = this->options_.deformable},
                       this->options_.form);
  }

  Features forward(const at::Tensor& image) {
    Features maps{image, trunk_.stem(image)};
    auto x = at::max_pool2d(maps[1], {3, 3}, {2, 2}, {1, 1});
    for (std::size_t s = 0; s < kStages; ++s) maps.push_back(x = trunk_.stage(s, x));
    return maps;
  }

  void fold() {
    trunk_.fold(*this);
    this->options_.form = nn::Form::deployed;
  }

 private:
  detail::ResNetTrunk<kStages> trunk_;
};

using SastResNet50 = SastResNet<ResNetStem::conv7x7>;
using SastResNet50Deep = SastResNet<ResNetStem::deep3x3>;

}  // namespace scriba::backbone
