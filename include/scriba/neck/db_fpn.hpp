#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/cat.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::neck {

struct DbFpnOptions {
  nn::Form form = nn::Form::training;
};

/// Feature pyramid of DB: laterals, top-down sums, a quarter of the channels from each level.
///
/// In: four levels, each twice as coarse as the one before. Out: one map [N, Channels, H/s, W/s], s the finest stride, coarsest level
/// first. Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, figure 3; with the batch norm and ReLU
/// after each convolution that pytorchOCR adds. Names `in5` .. `in2`, `out5` .. `out2`, the number being the power of two of the usual
/// stride.
template <std::int64_t Channels>
class DbFpn final : public nn::Part<DbFpn<Channels>, DbFpnOptions, FeatureSpec> {
  using Base = nn::Part<DbFpn<Channels>, DbFpnOptions, FeatureSpec>;
  static constexpr std::size_t kLevels = 4;
  static_assert(Channels > 0 && Channels % kLevels == 0, "DbFpn: Channels must be a multiple of 4, a quarter comes from each level");

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == kLevels && in.is_map() && in.doubles(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  DbFpn(FeatureSpec in, DbFpnOptions options) : Base(options), in_(in) {}

  void reset() override {
    const auto unit = [&](const char* name, std::size_t level, std::int64_t in, std::int64_t out, std::int64_t kernel) {
      return this->register_module(
          name + std::to_string(level + 2),
          std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
              .in = in, .out = out, .kernel = {kernel, kernel}, .activation = nn::Activation::relu, .form = this->options_.form}));
    };
    for (std::size_t i = kLevels; i-- > 0;) lateral_[i] = unit("in", i, in_[i].channels, Channels, 1);
    for (std::size_t i = kLevels; i-- > 0;) smooth_[i] = unit("out", i, Channels, Channels / 4, 3);
    nn::initialize_by_fan_in(*this);
  }

  Features forward(const Features& in) {
    std::array<at::Tensor, kLevels> level;
    level[kLevels - 1] = lateral_[kLevels - 1]->forward(in[kLevels - 1]);
    for (std::size_t i = kLevels - 1; i-- > 0;) level[i] = nn::upsample_nearest(level[i + 1], 2) + lateral_[i]->forward(in[i]);
    Features out;
    for (std::size_t i = kLevels; i-- > 0;) {
      const auto smooth = smooth_[i]->forward(level[i]);
      out.push_back(i > 0 ? nn::upsample_nearest(smooth, static_cast<double>(1 << i)) : smooth);
    }
    return {at::cat(out, 1)};
  }

  void fold() {
    for (const auto& units : {lateral_, smooth_})
      for (const auto& unit : units) unit->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::array<std::shared_ptr<nn::ConvUnit>, kLevels> lateral_, smooth_;  // finest first
};

}  // namespace scriba::neck
