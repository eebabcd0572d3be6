#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ops/max_pool2d.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/squeeze_excite.hpp>

namespace scriba::backbone {

struct MobileNetV3LineOptions {
  nn::Form form = nn::Form::training;
};

namespace detail {

struct InvertedResidualBlock {
  std::int64_t kernel, in, inner, out;
  std::array<std::int64_t, 2> stride;
  bool squeeze_excite;
  nn::Activation activation;
};

// expand 1x1, depthwise, squeeze-excite on the activated value, linear 1x1; the input is added where the shape stays.
class InvertedResidual final : public torch::nn::Cloneable<InvertedResidual> {
 public:
  InvertedResidual(InvertedResidualBlock block, nn::Form form) : block_(block), form_(form) { reset(); }

  void reset() override {
    se_ = nullptr;
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.form = form_;
      return register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    expand_ = unit("expand", {.in = block_.in, .out = block_.inner, .activation = block_.activation});
    dw_ = unit("dw", {.in = block_.inner,
                      .out = block_.inner,
                      .kernel = {block_.kernel, block_.kernel},
                      .stride = block_.stride,
                      .groups = block_.inner,
                      .activation = block_.activation});
    if (block_.squeeze_excite)
      se_ = register_module("se", std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{.channels = block_.inner, .slope = 0.2}));
    linear_ = unit("linear", {.in = block_.inner, .out = block_.out});
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = dw_->forward(expand_->forward(x));
    y = linear_->forward(se_ ? se_->forward(y) : y);
    return block_.in == block_.out && block_.stride == std::array<std::int64_t, 2>{1, 1} ? x + y : y;
  }

  void fold() {
    for (const auto& unit : {expand_, dw_, linear_}) unit->fold();
    form_ = nn::Form::deployed;
  }

 private:
  InvertedResidualBlock block_;
  nn::Form form_;
  std::shared_ptr<nn::ConvUnit> expand_, dw_, linear_;
  std::shared_ptr<nn::SqueezeExcite> se_;
};

}  // namespace detail

/// MobileNetV3-small x0.35 for text lines, the backbone of PaddleOCR's direction classifier (ch_ppocr_mobile_v2.0_cls).
///
/// In: [N, 3, 48, W]. Out: [N, 200, 1, W / 4 rounded], after a 2 x 2 max pool. Howard et al., "Searching for MobileNetV3", ICCV 2019,
/// table 2, with rows shrinking instead of the map. Names `stem`, `blocks.I.{expand,dw,se,linear}`, `last`.
class MobileNetV3Line final : public nn::Part<MobileNetV3Line, MobileNetV3LineOptions> {
 public:
  static constexpr FeatureSpec out = features(Level{.channels = 200, .stride = 4, .rows = 1});

  explicit MobileNetV3Line(MobileNetV3LineOptions options) : Part(options) {}

  void reset() override {
    using enum nn::Activation;
    const auto form = options_.form;
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.form = form;
      options.activation = hard_swish;
      return register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    stem_ = unit("stem", {.in = 3, .out = 8, .kernel = {3, 3}, .stride = {2, 2}});
    blocks_ = register_module("blocks", std::make_shared<nn::ModuleList<detail::InvertedResidual>>());
    const detail::InvertedResidualBlock table[] = {
        {3, 8, 8, 8, {2, 1}, true, relu},           {3, 8, 24, 8, {2, 1}, false, relu},         {3, 8, 32, 8, {1, 1}, false, relu},
        {5, 8, 32, 16, {2, 1}, true, hard_swish},   {5, 16, 88, 16, {1, 1}, true, hard_swish},  {5, 16, 88, 16, {1, 1}, true, hard_swish},
        {5, 16, 40, 16, {1, 1}, true, hard_swish},  {5, 16, 48, 16, {1, 1}, true, hard_swish},  {5, 16, 104, 32, {2, 1}, true, hard_swish},
        {5, 32, 200, 32, {1, 1}, true, hard_swish}, {5, 32, 200, 32, {1, 1}, true, hard_swish},
    };
    for (const auto& block : table) blocks_->push_back(std::make_shared<detail::InvertedResidual>(block, form));
    last_ = unit("last", {.in = 32, .out = 200});
  }

  Features forward(const at::Tensor& image) {
    auto x = stem_->forward(image);
    for (auto& block : *blocks_) x = block->forward(x);
    return {at::max_pool2d(last_->forward(x), {2, 2}, {2, 2})};
  }

  void fold() {
    stem_->fold();
    for (auto& block : *blocks_) block->fold();
    last_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<nn::ConvUnit> stem_, last_;
  std::shared_ptr<nn::ModuleList<detail::InvertedResidual>> blocks_;
};

}  // namespace scriba::backbone
