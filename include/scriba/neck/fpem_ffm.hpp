#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/relu.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>

#include <scriba/core/error.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_norm.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::neck {

struct FpemFfmOptions {
  std::int64_t count = 2;  ///< enhancement modules in a row, at least 1
  nn::Form form = nn::Form::training;
};

namespace detail {

// 3x3 depthwise, 1x1, batch norm, ReLU. Names `dw_conv`, `point_conv`, `point_bn`; nothing stands between the two convolutions.
class SeparableConv final : public torch::nn::Cloneable<SeparableConv> {
 public:
  SeparableConv(std::int64_t channels, std::int64_t stride, nn::Form form) : channels_(channels), stride_(stride), form_(form) { reset(); }

  void reset() override {
    depthwise_ = register_module("dw_conv", torch::nn::Conv2d(nn::square_conv(channels_, channels_, 3, stride_, channels_).bias(false)));
    pointwise_.register_in(*this, "point_conv", "point_bn", nn::square_conv(channels_, channels_, 1), form_);
  }

  at::Tensor forward(const at::Tensor& x) { return at::relu(pointwise_.forward(depthwise_->forward(x))); }

  void fold() {
    pointwise_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t channels_, stride_;
  nn::Form form_;
  torch::nn::Conv2d depthwise_{nullptr};
  nn::ConvNorm<> pointwise_;
};

inline constexpr std::size_t kFpemLevels = 4;
using FpemMaps = std::array<at::Tensor, kFpemLevels>;  // finest first

// Feature pyramid enhancement module: one pass up to the finest level, one down again. Names `up_block1` .. 3, `down_block1` .. 3.
class Fpem final : public torch::nn::Cloneable<Fpem> {
 public:
  Fpem(std::int64_t channels, nn::Form form) : channels_(channels), form_(form) { reset(); }

  void reset() override {
    const auto block = [&](const char* name, std::size_t i, std::int64_t stride) {
      return register_module(name + std::to_string(i + 1), std::make_shared<SeparableConv>(channels_, stride, form_));
    };
    for (std::size_t i = 0; i < up_.size(); ++i) up_[i] = block("up_block", i, 1);
    for (std::size_t i = 0; i < down_.size(); ++i) down_[i] = block("down_block", i, 2);
  }

  FpemMaps forward(const FpemMaps& in) {
    FpemMaps up = in;  // the coarsest map is taken as it is
    for (std::size_t i = kFpemLevels - 1; i-- > 0;) up[i] = up_[kFpemLevels - 2 - i]->forward(nn::upsample_nearest(up[i + 1], 2) + in[i]);
    FpemMaps out{up[0]};
    // As pytorchOCR: each step down starts from the maps of the pass up. The paper's starts from the step before it.
    for (std::size_t i = 1; i < kFpemLevels; ++i) out[i] = down_[i - 1]->forward(nn::upsample_nearest(up[i], 2) + up[i - 1]);
    return out;
  }

  void fold() {
    for (const auto& blocks : {up_, down_})
      for (const auto& block : blocks) block->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t channels_;
  nn::Form form_;
  std::array<std::shared_ptr<SeparableConv>, kFpemLevels - 1> up_, down_;
};

}  // namespace detail

/// Neck of PAN: enhancement modules one after the other (FPEM), their results added level by level, all levels side by side (FFM),
/// and a 1 x 1 convolution back to `Channels`.
///
/// In: four levels, each twice as coarse as the one before. Out: one map [N, Channels, H/s, W/s], s the finest stride.
/// Wang et al., "Pixel Aggregation Network", ICCV 2019, section 3.2; the last convolution is pytorchOCR's.
/// Names `smooth1` (coarsest) .. `smooth4`, `fpem_1` .., `out`. Throws Error for a count below 1.
template <std::int64_t Channels>
class FpemFfm final : public nn::Part<FpemFfm<Channels>, FpemFfmOptions, FeatureSpec> {
  using Base = nn::Part<FpemFfm<Channels>, FpemFfmOptions, FeatureSpec>;
  static constexpr std::size_t kLevels = detail::kFpemLevels;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == kLevels && in.is_map() && in.doubles(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  FpemFfm(FeatureSpec in, FpemFfmOptions options) : Base(options), in_(in) {
    if (options.count < 1)
      throw Error(
          {.what = "FpemFfm needs an enhancement module", .where = "count", .expected = "1 or more", .got = std::to_string(options.count)});
  }

  void reset() override {
    const auto unit = [&](const std::string& name, std::int64_t in) {
      return this->register_module(name, std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                                             .in = in, .out = Channels, .activation = nn::Activation::relu, .form = this->options_.form}));
    };
    for (std::size_t i = kLevels; i-- > 0;) smooth_[i] = unit("smooth" + std::to_string(kLevels - i), in_[i].channels);
    fpem_.clear();
    for (std::int64_t i = 1; i <= this->options_.count; ++i)
      fpem_.push_back(this->register_module("fpem_" + std::to_string(i), std::make_shared<detail::Fpem>(Channels, this->options_.form)));
    out_ = unit("out", static_cast<std::int64_t>(kLevels) * Channels);
    nn::initialize_by_fan_in(*this);
  }

  Features forward(const Features& in) {
    detail::FpemMaps maps;
    for (std::size_t i = 0; i < kLevels; ++i) maps[i] = smooth_[i]->forward(in[i]);
    Features sum(kLevels);
    for (const auto& fpem : fpem_) {
      maps = fpem->forward(maps);
      // Out of place: these maps are still needed for the gradient.
      for (std::size_t i = 0; i < kLevels; ++i) sum[i] = sum[i].defined() ? sum[i] + maps[i] : maps[i];
    }
    for (std::size_t i = 1; i < kLevels; ++i) sum[i] = nn::upsample_nearest(sum[i], static_cast<double>(1 << i));
    return {out_->forward(at::cat(sum, 1))};
  }

  void fold() {
    for (const auto& unit : smooth_) unit->fold();
    for (const auto& fpem : fpem_) fpem->fold();
    out_->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::array<std::shared_ptr<nn::ConvUnit>, kLevels> smooth_;  // finest first
  std::vector<std::shared_ptr<detail::Fpem>> fpem_;
  std::shared_ptr<nn::ConvUnit> out_;
};

}  // namespace scriba::neck
