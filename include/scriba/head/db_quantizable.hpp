#pragma once

#include <cstdint>
#include <memory>

#include <ATen/ops/sigmoid.h>
#include <torch/nn/cloneable.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/head/db.hpp>
#include <scriba/nn/fused_conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/upsample.hpp>

namespace scriba::head {

struct DbQuantizableOptions {
  double k = 50;                         ///< steepness of the differentiable step
  bool threshold = true;                 ///< learn a threshold map; without it only the shrink map exists
  bool threshold_in_evaluation = false;  ///< give all three maps in evaluation too, as the reference does
  nn::Form form = nn::Form::training;
};

namespace detail {

// conv 3x3, bn, relu, conv 1x1, bn, up x4, sigmoid. Children carry the numbers they have in the reference's Sequential.
class DbQuantizableBranch final : public torch::nn::Cloneable<DbQuantizableBranch> {
 public:
  DbQuantizableBranch(std::int64_t in, nn::Form form) : in_(in), form_(form) { reset(); }

  void reset() override {
    const auto inner = in_ / 4;
    conv0_ = register_module("0", std::make_shared<nn::FusedConvUnit>(nn::ConvUnitOptions{
                                      .in = in_, .out = inner, .kernel = {3, 3}, .activation = nn::Activation::relu, .form = form_}));
    conv1_ = register_module("1", std::make_shared<nn::FusedConvUnit>(nn::ConvUnitOptions{.in = inner, .out = 1, .form = form_}));
  }

  // The sigmoid before the upsampling gives the same map with a sixteenth of the work.
  at::Tensor forward(const at::Tensor& x) { return nn::upsample_nearest(at::sigmoid(conv1_->forward(conv0_->forward(x))), 4); }

  void fold() {
    conv0_->fold();
    conv1_->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_;
  nn::Form form_;
  std::shared_ptr<nn::FusedConvUnit> conv0_, conv1_;
};

}  // namespace detail

/// Db without transposed convolutions, which 8-bit kernels lack: the maps are computed at stride 4 and upsampled by nearest neighbour.
/// pytorchOCR's head for quantisation-aware training.
///
/// In: one map at stride 4. Out: as Db. A folded head keeps its threshold branch only where evaluation is to give it.
/// Names `binarize.N.conv.0`, `binarize.N.conv.1`, `thresh.N...`.
class DbQuantizable final : public nn::Part<DbQuantizable, DbQuantizableOptions, FeatureSpec> {
 public:
  using Output = DbMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return Db::accepts(in); }

  DbQuantizable(FeatureSpec in, DbQuantizableOptions options) : Part(options), in_(in) {}

  void reset() override {
    thresh_ = nullptr;
    const auto branch = [&](const char* name) {
      return register_module(name, std::make_shared<detail::DbQuantizableBranch>(in_[0].channels, options_.form));
    };
    binarize_ = branch("binarize");
    if (options_.threshold && (options_.form == nn::Form::training || options_.threshold_in_evaluation)) thresh_ = branch("thresh");
    nn::initialize_by_fan_in(*this);
  }

  DbMaps forward(const Features& in) {
    DbMaps maps;
    maps.shrink = binarize_->forward(in[0]);
    if (thresh_ && (is_training() || options_.threshold_in_evaluation)) {
      maps.threshold = thresh_->forward(in[0]);
      maps.binary = at::sigmoid(options_.k * (maps.shrink - maps.threshold));
    }
    return maps;
  }

  void fold() {
    options_.form = nn::Form::deployed;
    binarize_->fold();
    if (thresh_ && options_.threshold_in_evaluation) return thresh_->fold();
    if (thresh_) unregister_module("thresh");
    thresh_ = nullptr;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::DbQuantizableBranch> binarize_, thresh_;
};

}  // namespace scriba::head
