#pragma once

#include <array>
#include <cstdint>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>

#include <scriba/nn/activation.hpp>

namespace scriba::nn {

struct SqueezeExciteOptions {
  std::int64_t channels{};
  double slope = 1.0 / 6;  ///< of the hard sigmoid
  bool residual = false;   ///< x + x a instead of x a
  std::array<const char*, 2> names{"reduce", "expand"};
};

/// Channel attention: x a with a = hard_sigmoid(expand(relu(reduce(mean over the map)))), a quarter of the channels in between.
/// Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018, figure 2. Names `reduce`, `expand`
/// unless others are given.
class SqueezeExcite final : public torch::nn::Cloneable<SqueezeExcite> {
 public:
  explicit SqueezeExcite(SqueezeExciteOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto inner = options_.channels / 4;
    reduce_ = register_module(options_.names[0], torch::nn::Conv2d(torch::nn::Conv2dOptions(options_.channels, inner, 1)));
    expand_ = register_module(options_.names[1], torch::nn::Conv2d(torch::nn::Conv2dOptions(inner, options_.channels, 1)));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto mean = x.mean({2, 3}, /*keepdim=*/true);
    const auto attention = hard_sigmoid(expand_->forward(at::relu(reduce_->forward(mean))), options_.slope);
    return options_.residual ? x + x * attention : x * attention;
  }

 private:
  SqueezeExciteOptions options_;
  torch::nn::Conv2d reduce_{nullptr}, expand_{nullptr};
};

}  // namespace scriba::nn
