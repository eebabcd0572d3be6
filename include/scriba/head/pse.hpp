#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <torch/nn/modules/conv.h>

#include <scriba/core/error.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::head {

struct PseOptions {
  std::int64_t kernels = 7;  ///< maps: the whole text and its shrunk versions, at least 2
};

struct PseMaps {
  at::Tensor logits;  ///< [N, kernels, H, W]: channel 0 the whole text, then the kernels from the largest to the smallest

  static constexpr auto fields() { return std::array{nn::OutputField<PseMaps>{"logits", &PseMaps::logits}}; }
};

/// Head of PSENet: text kernels of several sizes. Wang et al., "Shape Robust Text Detection with Progressive Scale Expansion Network", CVPR
/// 2019.
///
/// In: one map. Out: logits of the input's size, each value of the coarse map repeated. Name `binarize`. Throws Error for fewer than 2
/// kernels.
class Pse final : public nn::Part<Pse, PseOptions, FeatureSpec> {
 public:
  using Output = PseMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1 && in.is_map(); }

  Pse(FeatureSpec in, PseOptions options) : Part(options), in_(in) {
    if (options.kernels < 2)
      throw Error({.what = "Pse needs a kernel besides the whole text",
                   .where = "kernels",
                   .expected = "2 or more",
                   .got = std::to_string(options.kernels)});
  }

  void reset() override {
    binarize_ = register_module("binarize", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_[0].channels, options_.kernels, 1)));
    nn::initialize_by_fan_in(*this);
  }

  PseMaps forward(const Features& in) { return {nn::upsample_nearest(binarize_->forward(in[0]), static_cast<double>(in_[0].stride))}; }

 private:
  FeatureSpec in_;
  torch::nn::Conv2d binarize_{nullptr};
};

}  // namespace scriba::head
