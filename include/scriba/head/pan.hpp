#pragma once

#include <array>
#include <cstdint>

#include <torch/nn/modules/conv.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::head {

struct PanOptions {};

struct PanMaps {
  at::Tensor logits;  ///< [N, 6, H, W]: text, kernel, and four values by which pixels of one text resemble each other

  static constexpr auto fields() { return std::array{nn::OutputField<PanMaps>{"logits", &PanMaps::logits}}; }
};

/// Head of PAN: Wang et al., "Efficient and Accurate Arbitrary-Shaped Text Detection with Pixel Aggregation Network", ICCV 2019.
///
/// In: one map. Out: maps of the input's size, each value of the coarse map repeated. Name `binarize`.
class Pan final : public nn::Part<Pan, PanOptions, FeatureSpec> {
  static constexpr std::int64_t kChannels = 6;

 public:
  using Output = PanMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1 && in.is_map(); }

  Pan(FeatureSpec in, PanOptions options) : Part(options), in_(in) {}

  void reset() override {
    binarize_ = register_module("binarize", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_[0].channels, kChannels, 1)));
    nn::initialize_by_fan_in(*this);
  }

  PanMaps forward(const Features& in) { return {nn::upsample_nearest(binarize_->forward(in[0]), static_cast<double>(in_[0].stride))}; }

 private:
  FeatureSpec in_;
  torch::nn::Conv2d binarize_{nullptr};
};

}  // namespace scriba::head
