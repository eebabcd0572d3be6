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

struct FpnOptions {
  nn::Form form = nn::Form::training;
};

/// Feature pyramid of PSENet: laterals, top-down sums smoothed on the way, all levels side by side, one convolution back to `Channels`.
///
/// In: four levels, each twice as coarse as the one before. Out: one map [N, Channels, H/s, W/s], s the finest stride.
/// Lin et al., "Feature Pyramid Networks", CVPR 2017; Wang et al., "PSENet", CVPR 2019, section 3.1. Batch norm and ReLU after each
/// convolution. Names `toplayer`, `latlayer1` .. 3, `smooth1` .. 3 (1 is the second coarsest level), `conv_out`.
template <std::int64_t Channels>
class Fpn final : public nn::Part<Fpn<Channels>, FpnOptions, FeatureSpec> {
  using Base = nn::Part<Fpn<Channels>, FpnOptions, FeatureSpec>;
  static constexpr std::size_t kLevels = 4;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == kLevels && in.is_map() && in.doubles(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  Fpn(FeatureSpec in, FpnOptions options) : Base(options), in_(in) {}

  void reset() override {
    const auto unit = [&](const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
      return this->register_module(
          name, std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                    .in = in, .out = out, .kernel = {kernel, kernel}, .activation = nn::Activation::relu, .form = this->options_.form}));
    };
    const auto number = [](std::size_t level) { return std::to_string(kLevels - 1 - level); };
    lateral_[kLevels - 1] = unit("toplayer", in_[kLevels - 1].channels, Channels, 1);
    for (std::size_t i = kLevels - 1; i-- > 0;) smooth_[i] = unit("smooth" + number(i), Channels, Channels, 3);
    for (std::size_t i = kLevels - 1; i-- > 0;) lateral_[i] = unit("latlayer" + number(i), in_[i].channels, Channels, 1);
    conv_out_ = unit("conv_out", static_cast<std::int64_t>(kLevels) * Channels, Channels, 3);
    nn::initialize_by_fan_in(*this);
  }

  Features forward(const Features& in) {
    Features level(kLevels);
    level[kLevels - 1] = lateral_[kLevels - 1]->forward(in[kLevels - 1]);
    for (std::size_t i = kLevels - 1; i-- > 0;)
      level[i] = smooth_[i]->forward(nn::upsample_nearest(level[i + 1], 2) + lateral_[i]->forward(in[i]));
    for (std::size_t i = 1; i < kLevels; ++i) level[i] = nn::upsample_nearest(level[i], static_cast<double>(1 << i));
    return {conv_out_->forward(at::cat(level, 1))};
  }

  void fold() {
    for (const auto& unit : lateral_) unit->fold();
    for (const auto& unit : smooth_) unit->fold();
    conv_out_->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::array<std::shared_ptr<nn::ConvUnit>, kLevels> lateral_;     // finest first
  std::array<std::shared_ptr<nn::ConvUnit>, kLevels - 1> smooth_;  // the coarsest level is not smoothed
  std::shared_ptr<nn::ConvUnit> conv_out_;
};

}  // namespace scriba::neck
