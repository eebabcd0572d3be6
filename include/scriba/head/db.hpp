#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/cat.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/batch_norm.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/reopen.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::head {

struct DbOptions {
  double k = 50;          ///< steepness of the differentiable step
  bool threshold = true;  ///< learn a threshold map; without it only the shrink map exists
  bool serial = false;    ///< the threshold branch reads the shrink map too
  nn::Form form = nn::Form::training;
};

/// Maps of the input's size, [N, 1, H, W].
struct DbMaps {
  at::Tensor shrink;     ///< probability of the shrunk text region
  at::Tensor threshold;  ///< in training only
  at::Tensor binary;     ///< 1 / (1 + exp(-k (shrink - threshold))), in training only

  static constexpr auto fields() {
    return std::array{nn::OutputField<DbMaps>{"shrink", &DbMaps::shrink}, nn::OutputField<DbMaps>{"threshold", &DbMaps::threshold, true},
                      nn::OutputField<DbMaps>{"binary", &DbMaps::binary, true}};
  }
};

namespace detail {

// conv 3x3, bn, relu, up x2, bn, relu, up x2: logits. Children carry the numbers they have in the reference's Sequential.
class DbBranch final : public torch::nn::Cloneable<DbBranch>, public nn::Reopenable {
 public:
  DbBranch(std::int64_t in, std::int64_t inner, nn::Form form, std::int64_t out = 1) : in_(in), inner_(inner), out_(out), form_(form) {
    reset();
  }

  void reset() override {
    const bool deployed = form_ == nn::Form::deployed;
    bn1_ = nullptr, bn4_ = nullptr;
    conv0_ = register_module("0", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, inner_, 3).padding(1).bias(deployed)));
    if (!deployed) bn1_ = register_module("1", torch::nn::BatchNorm2d(inner_));
    up3_ = register_module("3", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inner_, inner_, 2).stride(2)));
    if (!deployed) bn4_ = register_module("4", torch::nn::BatchNorm2d(inner_));
    up6_ = register_module("6", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inner_, out_, 2).stride(2)));
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = conv0_->forward(x);
    y = up3_->forward(at::relu(bn1_ ? nn::normalized(*bn1_, y) : y));
    return up6_->forward(at::relu(bn4_ ? nn::normalized(*bn4_, y) : y));
  }

  void fold() {
    if (!bn1_) return;
    const at::NoGradGuard no_gradients;
    const auto conv = nn::folded({conv0_->weight, {}}, *bn1_);
    const auto up = nn::folded({up3_->weight, up3_->bias}, *bn4_, /*out_axis=*/1);
    const auto last = up6_;
    for (const auto& child : named_children()) unregister_module(child.key());
    form_ = nn::Form::deployed;
    reset();
    to(conv.weight.device(), conv.weight.scalar_type());
    nn::set_kernel(*conv0_, conv);
    nn::set_kernel(*up3_, up);
    nn::set_kernel(*up6_, {last->weight, last->bias});
  }

  bool reopen(const Find& deployed) override {
    if (!bn1_) return false;
    const auto conv = nn::find_kernel(deployed, "0", conv0_->weight), up = nn::find_kernel(deployed, "3", up3_->weight),
               last = nn::find_kernel(deployed, "6", up6_->weight);
    if (!conv.weight.defined() || !up.weight.defined() || !last.weight.defined()) return false;
    const at::NoGradGuard no_gradients;
    conv0_->weight.copy_(conv.weight);
    nn::pass_on(*bn1_, conv.bias);
    nn::set_kernel(*up3_, up);
    nn::pass_on(*bn4_);
    nn::set_kernel(*up6_, last);
    return true;
  }

 private:
  std::int64_t in_, inner_, out_;
  nn::Form form_;
  torch::nn::Conv2d conv0_{nullptr};
  torch::nn::ConvTranspose2d up3_{nullptr}, up6_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn4_{nullptr};
};

}  // namespace detail

/// Head of DB: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, equation 2.
///
/// In: one map at stride 4. Out: maps of the input's size; in evaluation the shrink map alone. A folded head has no threshold branch.
/// Names `binarize.N`, `thresh.N` with the reference's numbers.
class Db final : public nn::Part<Db, DbOptions, FeatureSpec> {
 public:
  using Output = DbMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1 && in.is_map() && in[0].stride == 4; }

  Db(FeatureSpec in, DbOptions options) : Part(options), in_(in) {}

  void reset() override {
    const auto channels = in_[0].channels, inner = channels / 4;
    thresh_ = nullptr;
    binarize_ = register_module("binarize", std::make_shared<detail::DbBranch>(channels, inner, options_.form));
    if (options_.threshold && options_.form == nn::Form::training)
      thresh_ = register_module("thresh", std::make_shared<detail::DbBranch>(channels + (options_.serial ? 1 : 0), inner, options_.form));
    nn::initialize_by_fan_in(*this);
  }

  DbMaps forward(const Features& in) {
    DbMaps maps;
    maps.shrink = at::sigmoid(binarize_->forward(in[0]));
    if (is_training() && thresh_) {
      auto x = in[0];
      if (options_.serial) x = at::cat({x, nn::upsample_nearest(maps.shrink, 0.25)}, 1);
      maps.threshold = at::sigmoid(thresh_->forward(x));
      maps.binary = at::sigmoid(options_.k * (maps.shrink - maps.threshold));
    }
    return maps;
  }

  void fold() {
    binarize_->fold();
    if (thresh_) unregister_module("thresh");
    thresh_ = nullptr;
    options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::DbBranch> binarize_, thresh_;
};

}  // namespace scriba::head
