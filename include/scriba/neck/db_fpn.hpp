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

namespace detail {

// The layers of DB's pyramid, registered in the neck that owns them. `Unit`: ConvUnit or one with the same options. A member, not a module.
template <class Unit>
class DbPyramid {
 public:
  static constexpr std::size_t kLevels = 4;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == kLevels && in.is_map() && in.doubles(); }

  void register_in(torch::nn::Module& owner, const FeatureSpec& in, std::int64_t channels, nn::Form form) {
    const auto unit = [&](const char* name, std::size_t level, std::int64_t from, std::int64_t to, std::int64_t kernel) {
      return owner.register_module(
          name + std::to_string(level + 2),
          std::make_shared<Unit>(
              nn::ConvUnitOptions{.in = from, .out = to, .kernel = {kernel, kernel}, .activation = nn::Activation::relu, .form = form}));
    };
    for (std::size_t i = kLevels; i-- > 0;) lateral_[i] = unit("in", i, in[i].channels, channels, 1);
    for (std::size_t i = kLevels; i-- > 0;) smooth_[i] = unit("out", i, channels, channels / 4, 3);
    nn::initialize_by_fan_in(owner);
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
  }

 private:
  std::array<std::shared_ptr<Unit>, kLevels> lateral_, smooth_;  // finest first
};

}  // namespace detail

/// Feature pyramid of DB: laterals, top-down sums, a quarter of the channels from each level.
///
/// In: four levels, each twice as coarse as the one before. Out: one map [N, Channels, H/s, W/s], s the finest stride, coarsest level
/// first. Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, figure 3; with the batch norm and ReLU
/// after each convolution that pytorchOCR adds. Names `in5` .. `in2`, `out5` .. `out2`, the number being the power of two of the usual
/// stride.
template <std::int64_t Channels>
class DbFpn final : public nn::Part<DbFpn<Channels>, DbFpnOptions, FeatureSpec> {
  using Base = nn::Part<DbFpn<Channels>, DbFpnOptions, FeatureSpec>;
  static_assert(Channels > 0 && Channels % 4 == 0, "DbFpn: Channels must be a multiple of 4, a quarter comes from each level");

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return detail::DbPyramid<nn::ConvUnit>::accepts(in); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  DbFpn(FeatureSpec in, DbFpnOptions options) : Base(options), in_(in) {}

  void reset() override { pyramid_.register_in(*this, in_, Channels, this->options_.form); }
  Features forward(const Features& in) { return pyramid_.forward(in); }

  void fold() {
    pyramid_.fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  detail::DbPyramid<nn::ConvUnit> pyramid_;
};

}  // namespace scriba::neck
