#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/activation.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct MobileNetV3OldLineOptions {
  std::int64_t planes = 3;  ///< of the image: 1 for grey, 3 for colour
  MobileNetV3Gate gate = MobileNetV3Gate::pooled;
  nn::Form form = nn::Form::training;
};

namespace detail {

// The detector's blocks; of the four strides only the third also thins out columns.
template <std::size_t Count>
constexpr std::array<MobileNetV3Block, Count> line_blocks(std::array<MobileNetV3Block, Count> blocks) {
  int strides = 0;
  for (auto& block : blocks)
    if (block.stride == 2) block.rows_only = ++strides != 3;
  return blocks;
}

inline constexpr auto kMobileNetV3SmallLine = line_blocks(kMobileNetV3Small);
inline constexpr auto kMobileNetV3LargeLine = line_blocks(kMobileNetV3Large);

}  // namespace detail

/// MobileNetV3 for text lines in pytorchOCR's older form: the blocks of backbone::MobileNetV3, gates last. MobileNetV3LineSmall and
/// MobileNetV3LineLarge are the newer form.
///
/// In: [N, planes, 32, W]. Out: [N, 96 (large: 160), 1, W / 4], W / 2 rounded up both times. Names as those of backbone::MobileNetV3.
template <MobileNetV3Size Size>
class MobileNetV3OldLine final : public nn::Part<MobileNetV3OldLine<Size>, MobileNetV3OldLineOptions> {
  using Base = nn::Part<MobileNetV3OldLine<Size>, MobileNetV3OldLineOptions>;
  static constexpr auto blocks() {
    if constexpr (Size == MobileNetV3Size::small)
      return detail::kMobileNetV3SmallLine;
    else
      return detail::kMobileNetV3LargeLine;
  }

 public:
  static constexpr FeatureSpec out = features(Level{.channels = blocks().back().out, .stride = 4, .rows = 1});

  explicit MobileNetV3OldLine(MobileNetV3OldLineOptions options) : Base(options) {}

  void reset() override {
    const auto& [planes, gate, form] = this->options_;
    stem_.register_in(*this, "conv1", "bn1", nn::square_conv(planes, 16, 3, 2), form);
    blocks_ = this->register_module("bneck", std::make_shared<nn::ModuleList<detail::MobileNetV3BlockModule>>());
    for (const auto& block : blocks())
      blocks_->push_back(std::make_shared<detail::MobileNetV3BlockModule>(block, MobileNetV3Options{.gate = gate, .form = form}));
  }

  Features forward(const at::Tensor& image) {
    auto x = nn::activate(stem_.forward(image), nn::Activation::hard_swish);
    for (const auto& block : *blocks_) x = block->forward(x);
    return {x};
  }

  void fold() {
    stem_.fold(*this);
    for (const auto& block : *blocks_) block->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  nn::ConvNorm<> stem_;
  std::shared_ptr<nn::ModuleList<detail::MobileNetV3BlockModule>> blocks_;
};

using MobileNetV3OldLineSmall = MobileNetV3OldLine<MobileNetV3Size::small>;
using MobileNetV3OldLineLarge = MobileNetV3OldLine<MobileNetV3Size::large>;

}  // namespace scriba::backbone
