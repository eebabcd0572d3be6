#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/rep_depthwise.hpp>
#include <scriba/nn/squeeze_excite.hpp>

namespace scriba::backbone {

struct PpLcNetV4Options {
  nn::Form form = nn::Form::training;
};

/// One block of PP-LCNetV4: kernel, channels, stride in rows and columns, squeeze-excite or not.
struct PpLcNetV4Block {
  std::int64_t kernel, in, out;
  std::array<std::int64_t, 2> stride;
  bool squeeze_excite;
};

/// What makes one network of the family: the stem's widths and the blocks of four stages.
struct PpLcNetV4Layout {
  std::int64_t stem_inner, stem_out;
  std::array<PpLcNetV4Block, 16> block;
  std::array<std::size_t, 4> depth;  ///< blocks of each stage
  bool line;                         ///< for text lines: rows shrink faster than columns, and are pooled to one at the end

  constexpr std::int64_t stage_out(std::size_t stage) const {
    std::size_t last = 0;
    for (std::size_t s = 0; s <= stage; ++s) last += depth[s];
    return block[last - 1].out;
  }
};

/// PP-OCRv6 small, text detection.
inline constexpr PpLcNetV4Layout kPpLcNetV4SmallDetection{24,
                                                          48,
                                                          {{{3, 48, 48, {1, 1}, true},
                                                            {3, 48, 48, {1, 1}, false},
                                                            {3, 48, 96, {2, 2}, false},
                                                            {3, 96, 96, {1, 1}, true},
                                                            {3, 96, 96, {1, 1}, false},
                                                            {3, 96, 192, {2, 2}, false},
                                                            {3, 192, 192, {1, 1}, true},
                                                            {3, 192, 192, {1, 1}, false},
                                                            {3, 192, 192, {1, 1}, true},
                                                            {3, 192, 192, {1, 1}, false},
                                                            {3, 192, 384, {2, 2}, false},
                                                            {3, 384, 384, {1, 1}, true},
                                                            {3, 384, 384, {1, 1}, false}}},
                                                          {2, 3, 5, 3},
                                                          false};

/// PP-OCRv6 small, text recognition.
inline constexpr PpLcNetV4Layout kPpLcNetV4SmallRecognition{48,
                                                            96,
                                                            {{{3, 96, 96, {1, 1}, true},
                                                              {3, 96, 96, {1, 1}, false},
                                                              {3, 96, 96, {1, 1}, false},
                                                              {3, 96, 192, {2, 1}, false},
                                                              {3, 192, 192, {1, 1}, true},
                                                              {3, 192, 192, {1, 1}, false},
                                                              {3, 192, 192, {1, 1}, true},
                                                              {3, 192, 192, {1, 1}, false},
                                                              {3, 192, 192, {1, 1}, true},
                                                              {3, 192, 192, {1, 1}, false},
                                                              {3, 192, 384, {2, 1}, false},
                                                              {3, 384, 384, {1, 1}, true},
                                                              {3, 384, 384, {1, 1}, false}}},
                                                            {1, 2, 7, 3},
                                                            true};

namespace detail {

// Stem: conv1 halves, two 2x2 convolutions beside a max pool, conv3 halves again. Every convolution with ReLU.
class PpLcNetV4Stem final : public torch::nn::Cloneable<PpLcNetV4Stem> {
 public:
  PpLcNetV4Stem(std::int64_t inner, std::int64_t out, nn::Form form) : inner_(inner), out_(out), form_(form) { reset(); }

  void reset() override {
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.activation = nn::Activation::relu;
      options.form = form_;
      return register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    conv1_ = unit("conv1", {.in = 3, .out = inner_, .kernel = {3, 3}, .stride = {2, 2}});
    conv2a_ = unit("conv2a", {.in = inner_, .out = inner_ / 2, .kernel = {2, 2}, .pad_end = true});
    conv2b_ = unit("conv2b", {.in = inner_ / 2, .out = inner_, .kernel = {2, 2}, .pad_end = true});
    conv3_ = unit("conv3", {.in = 2 * inner_, .out = inner_, .kernel = {3, 3}, .stride = {2, 2}});
    conv4_ = unit("conv4", {.in = inner_, .out = out_});
  }

  at::Tensor forward(const at::Tensor& image) {
    const auto x = conv1_->forward(image);
    // Zeros beyond the edge never win the pool: the values come from a ReLU.
    const auto pooled = at::max_pool2d(at::constant_pad_nd(x, {0, 1, 0, 1}), {2, 2}, {1, 1});
    return conv4_->forward(conv3_->forward(at::cat({pooled, conv2b_->forward(conv2a_->forward(x))}, 1)));
  }

  void fold() {
    for (const auto& unit : {conv1_, conv2a_, conv2b_, conv3_, conv4_}) unit->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t inner_, out_;
  nn::Form form_;
  std::shared_ptr<nn::ConvUnit> conv1_, conv2a_, conv2b_, conv3_, conv4_;
};

// t = se(dw(x)); t + compress(gelu(expand(t))), the sum only where the shape stays.
class PpLcNetV4BlockImpl final : public torch::nn::Cloneable<PpLcNetV4BlockImpl> {
 public:
  PpLcNetV4BlockImpl(PpLcNetV4Block block, nn::Form form) : block_(block), form_(form) { reset(); }

  void reset() override {
    rep_ = nullptr, strided_ = nullptr, se_ = nullptr;
    residual_ = block_.in == block_.out && block_.stride == std::array<std::int64_t, 2>{1, 1};
    if (residual_)
      rep_ = register_module("dw", std::make_shared<nn::RepDepthwise>(nn::RepDepthwiseOptions{block_.in, block_.kernel, form_}));
    else
      strided_ = register_module("dw", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = block_.in,
                                                                                          .out = block_.in,
                                                                                          .kernel = {block_.kernel, block_.kernel},
                                                                                          .stride = block_.stride,
                                                                                          .groups = block_.in,
                                                                                          .form = form_}));
    if (block_.squeeze_excite)
      se_ = register_module("se", std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{.channels = block_.in}));
    expand_ = register_module("expand", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                                            .in = block_.in, .out = 2 * block_.in, .activation = nn::Activation::gelu, .form = form_}));
    compress_ = register_module("compress",
                                std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = 2 * block_.in, .out = block_.out, .form = form_}));
    // A residual block starts as the identity.
    if (residual_ && compress_->bn()) {
      const at::NoGradGuard no_gradients;
      compress_->bn()->weight.zero_();
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    auto t = rep_ ? rep_->forward(x) : strided_->forward(x);
    if (se_) t = se_->forward(t);
    const auto y = compress_->forward(expand_->forward(t));
    return residual_ ? t + y : y;
  }

  void fold() {
    if (rep_) rep_->fold();
    if (strided_) strided_->fold();
    expand_->fold();
    compress_->fold();
    form_ = nn::Form::deployed;
  }

 private:
  PpLcNetV4Block block_;
  nn::Form form_;
  bool residual_ = false;
  std::shared_ptr<nn::RepDepthwise> rep_;
  std::shared_ptr<nn::ConvUnit> strided_, expand_, compress_;
  std::shared_ptr<nn::SqueezeExcite> se_;
};

}  // namespace detail

/// PP-LCNetV4, the backbone of PP-OCRv6 (PaddleOCR 2026): RepViT-style blocks on a two-branch stem.
///
/// In: [N, 3, H, W]. Detection: H and W multiples of 32, four maps at strides 4 to 32. Lines: 48 rows, one row of features at stride 8
/// in width, floor(ceil(ceil(W / 2) / 2) / 2) columns.
/// Names `stem.convN`, `stages.S.B.{dw,se,expand,compress}`.
template <const PpLcNetV4Layout& Layout>
class PpLcNetV4 final : public nn::Part<PpLcNetV4<Layout>, PpLcNetV4Options> {
  using Base = nn::Part<PpLcNetV4<Layout>, PpLcNetV4Options>;

 public:
  static constexpr FeatureSpec out = Layout.line ? features(Level{.channels = Layout.stage_out(3), .stride = 8, .rows = 1})
                                                 : features(Level{Layout.stage_out(0), 4}, Level{Layout.stage_out(1), 8},
                                                            Level{Layout.stage_out(2), 16}, Level{Layout.stage_out(3), 32});

  explicit PpLcNetV4(PpLcNetV4Options options) : Base(options) {}

  void reset() override {
    const auto form = this->options_.form;
    stem_ = this->register_module("stem", std::make_shared<detail::PpLcNetV4Stem>(Layout.stem_inner, Layout.stem_out, form));
    stages_ = this->register_module("stages", std::make_shared<nn::ModuleList<Stage>>());
    auto block = Layout.block.begin();
    for (const auto depth : Layout.depth) {
      auto stage = std::make_shared<Stage>();
      for (std::size_t i = 0; i < depth; ++i) {
        stage->push_back(std::make_shared<detail::PpLcNetV4BlockImpl>(*block++, form));
      }
      stages_->push_back(stage);
    }
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = stem_->forward(image);
    for (auto& stage : *stages_) {
      for (auto& block : *stage) x = block->forward(x);
      maps.push_back(x);
    }
    if constexpr (Layout.line)
      return {at::avg_pool2d(x, {3, 2}, {3, 2})};
    else
      return maps;
  }

  void fold() {
    stem_->fold();
    for (auto& stage : *stages_)
      for (auto& block : *stage) block->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  using Stage = nn::ModuleList<detail::PpLcNetV4BlockImpl>;

  std::shared_ptr<detail::PpLcNetV4Stem> stem_;
  std::shared_ptr<nn::ModuleList<Stage>> stages_;
};

using PpLcNetV4SmallDetection = PpLcNetV4<kPpLcNetV4SmallDetection>;
using PpLcNetV4SmallRecognition = PpLcNetV4<kPpLcNetV4SmallRecognition>;

}  // namespace scriba::backbone
