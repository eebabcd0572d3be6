#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/cat.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/neck/require_doubling.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/rep_depthwise.hpp>
#include <scriba/nn/squeeze_excite.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::neck {

struct SeFpnOptions {
  nn::Form form = nn::Form::training;
};

/// How the levels of SeFpn are smoothed before they are put together.
enum class SeFpnSmooth {
  conv3x3,      ///< PP-OCRv3 and v4
  large_kernel  ///< PP-OCRv6: depthwise 7 x 7 with dilated branches, then 1 x 1
};

namespace detail {

// 1x1 convolution without bias, then residual channel attention.
class SeFpnLateral final : public torch::nn::Cloneable<SeFpnLateral> {
 public:
  SeFpnLateral(std::int64_t in, std::int64_t out) : in_(in), out_(out) { reset(); }
  void reset() override {
    conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, out_, 1).bias(false)));
    se_ = register_module("se",
                          std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{.channels = out_, .slope = 0.2, .residual = true}));
  }
  at::Tensor forward(const at::Tensor& x) { return se_->forward(conv_->forward(x)); }

 private:
  std::int64_t in_, out_;
  torch::nn::Conv2d conv_{nullptr};
  std::shared_ptr<nn::SqueezeExcite> se_;
};

class SeFpnSmoother final : public torch::nn::Cloneable<SeFpnSmoother> {
 public:
  SeFpnSmoother(std::int64_t in, std::int64_t out, SeFpnSmooth kind, nn::Form form) : in_(in), out_(out), kind_(kind), form_(form) {
    reset();
  }
  void reset() override {
    dw_ = nullptr;
    if (kind_ == SeFpnSmooth::large_kernel) {
      dw_ = register_module("dw", std::make_shared<nn::DilatedRepDepthwise>(in_, form_));
      conv_ = register_module("pw", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, out_, 1).bias(false)));
    } else {
      conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, out_, 3).padding(1).bias(false)));
    }
    se_ = register_module("se",
                          std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{.channels = out_, .slope = 0.2, .residual = true}));
  }
  at::Tensor forward(const at::Tensor& x) { return se_->forward(conv_->forward(dw_ ? dw_->forward(x) : x)); }
  void fold() {
    if (dw_) dw_->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_, out_;
  SeFpnSmooth kind_;
  nn::Form form_;
  std::shared_ptr<nn::DilatedRepDepthwise> dw_;
  torch::nn::Conv2d conv_{nullptr};
  std::shared_ptr<nn::SqueezeExcite> se_;
};

}  // namespace detail

/// Feature pyramid of PP-OCR's detectors: laterals with channel attention, top-down sums, a quarter of the channels from each level.
///
/// In: four levels, each twice as coarse as the one before. Out: one map [N, Channels, H/s, W/s], s the finest stride, coarsest level
/// first. Lin et al., CVPR 2017, figure 3; Li et al., "PP-OCRv3", 2022, section 2.2 (RSE-FPN).
template <std::int64_t Channels, SeFpnSmooth Smooth>
class SeFpn final : public nn::Part<SeFpn<Channels, Smooth>, SeFpnOptions, FeatureSpec> {
  using Base = nn::Part<SeFpn<Channels, Smooth>, SeFpnOptions, FeatureSpec>;
  static constexpr std::size_t kLevels = 4;
  static_assert(Channels > 0 && Channels % 16 == 0, "SeFpn: Channels must be a multiple of 16, a quarter of each level's quarter gates it");

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == kLevels && in.is_map() && in.doubles(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  SeFpn(FeatureSpec in, SeFpnOptions options) : Base(options), in_(in) {}

  void reset() override {
    lateral_ = this->register_module("lateral", std::make_shared<nn::ModuleList<detail::SeFpnLateral>>());
    smooth_ = this->register_module("smooth", std::make_shared<nn::ModuleList<detail::SeFpnSmoother>>());
    for (std::size_t i = 0; i < kLevels; ++i) {
      lateral_->push_back(std::make_shared<detail::SeFpnLateral>(in_[i].channels, Channels));
      smooth_->push_back(std::make_shared<detail::SeFpnSmoother>(Channels, Channels / 4, Smooth, this->options_.form));
    }
  }

  /// Throws Error for levels that do not double in size.
  Features forward(const Features& in) {
    require_doubling(in);
    Features level(kLevels);
    level[kLevels - 1] = (*lateral_)[kLevels - 1]->forward(in[kLevels - 1]);
    for (std::size_t i = kLevels - 1; i-- > 0;) level[i] = (*lateral_)[i]->forward(in[i]) + nn::upsample_nearest(level[i + 1], 2);
    Features out;
    for (std::size_t i = kLevels; i-- > 0;) {
      const auto smooth = (*smooth_)[i]->forward(level[i]);
      out.push_back(i > 0 ? nn::upsample_nearest(smooth, static_cast<double>(1 << i)) : smooth);
    }
    return {at::cat(out, 1)};
  }

  void fold() {
    for (auto& smooth : *smooth_) smooth->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<nn::ModuleList<detail::SeFpnLateral>> lateral_;
  std::shared_ptr<nn::ModuleList<detail::SeFpnSmoother>> smooth_;
};

}  // namespace scriba::neck
