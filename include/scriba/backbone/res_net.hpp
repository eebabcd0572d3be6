#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <ATen/ops/max_pool2d.h>

#include <scriba/backbone/res_net_trunk.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct ResNetOptions {
  std::array<bool, 4> deformable{};  ///< stages whose blocks have a modulated deformable convolution, see nn::DeformConvNorm
  nn::Form form = nn::Form::training;
};

/// Residual network: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1, without its classifier.
///
/// `Depth`: 18, 34, 50, 101 or 152. In: [N, 3, H, W]. Out: the four stages, at strides 4 to 32. Names `conv1`, `bn1`,
/// `layer1.0.conv1` and so on, those of torchvision's ImageNet weights and, with the deep stem, of PSENet's. DB's
/// networks have `deformable = {false, true, true, true}`: Liao et al., "Real-time Scene Text Detection with Differentiable
/// Binarization", AAAI 2020.
template <int Depth, ResNetStem Stem = ResNetStem::conv7x7>
class ResNet final : public nn::Part<ResNet<Depth, Stem>, ResNetOptions> {
  static_assert(Depth == 18 || Depth == 34 || Depth == 50 || Depth == 101 || Depth == 152, "ResNet: Depth is 18, 34, 50, 101 or 152");
  using Base = nn::Part<ResNet<Depth, Stem>, ResNetOptions>;
  static constexpr std::size_t kStages = 4;
  static constexpr bool kBottleneck = Depth >= 50;
  static constexpr std::array<int, kStages> kBlocks = Depth == 18    ? std::array{2, 2, 2, 2}
                                                      : Depth == 101 ? std::array{3, 4, 23, 3}
                                                      : Depth == 152 ? std::array{3, 8, 36, 3}
                                                                     : std::array{3, 4, 6, 3};
  static constexpr std::int64_t width(std::int64_t inner) { return kBottleneck ? 4 * inner : inner; }

 public:
  static constexpr FeatureSpec out = features(Level{width(64), 4}, Level{width(128), 8}, Level{width(256), 16}, Level{width(512), 32});

  explicit ResNet(ResNetOptions options) : Base(options) {}

  void reset() override {
    trunk_.register_in(
        *this,
        {.stem = Stem, .blocks = kBlocks, .inner = {64, 128, 256, 512}, .bottleneck = kBottleneck, .deformable = this->options_.deformable},
        this->options_.form);
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = at::max_pool2d(trunk_.stem(image), {3, 3}, {2, 2}, {1, 1});
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

using ResNet18 = ResNet<18>;
using ResNet34 = ResNet<34>;
using ResNet50 = ResNet<50>;
using ResNet101 = ResNet<101>;
using ResNet152 = ResNet<152>;
using ResNet18Deep = ResNet<18, ResNetStem::deep3x3>;
using ResNet34Deep = ResNet<34, ResNetStem::deep3x3>;
using ResNet50Deep = ResNet<50, ResNetStem::deep3x3>;
using ResNet101Deep = ResNet<101, ResNetStem::deep3x3>;
using ResNet152Deep = ResNet<152, ResNetStem::deep3x3>;

}  // namespace scriba::backbone
