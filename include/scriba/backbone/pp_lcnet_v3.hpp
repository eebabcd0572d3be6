#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ops/avg_pool2d.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/rep_conv.hpp>
#include <scriba/nn/squeeze_excite.hpp>

namespace scriba::backbone {

struct PpLcNetV3Options {
  nn::Form form = nn::Form::training;
};

namespace detail {

// Paddle's rule for scaled widths: the nearest multiple, at least one, one step up when that loses more than a tenth.
constexpr std::int64_t scaled_width(std::int64_t width, std::int64_t percent, std::int64_t multiple) {
  const std::int64_t hundredfold = width * percent;
  const std::int64_t nearest = std::max(multiple, (hundredfold + 50 * multiple) / (100 * multiple) * multiple);
  return nearest * 1000 < 9 * hundredfold ? nearest + multiple : nearest;
}

struct PpLcNetV3Block {
  std::int64_t kernel, in, out;
  std::array<std::int64_t, 2> stride;
  bool squeeze_excite;
};

class PpLcNetV3BlockImpl final : public torch::nn::Cloneable<PpLcNetV3BlockImpl> {
 public:
  PpLcNetV3BlockImpl(PpLcNetV3Block block, nn::Form form) : block_(block), form_(form) { reset(); }

  void reset() override {
    se_ = nullptr;
    dw_ = register_module(
        "dw",
        std::make_shared<nn::RepConv>(nn::RepConvOptions{
            .in = block_.in, .out = block_.in, .kernel = block_.kernel, .stride = block_.stride, .groups = block_.in, .form = form_}));
    if (block_.squeeze_excite)
      se_ = register_module("se", std::make_shared<nn::SqueezeExcite>(nn::SqueezeExciteOptions{.channels = block_.in}));
    pw_ = register_module("pw", std::make_shared<nn::RepConv>(nn::RepConvOptions{.in = block_.in, .out = block_.out, .form = form_}));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto y = dw_->forward(x);
    return pw_->forward(se_ ? se_->forward(y) : y);
  }

  void fold() {
    dw_->fold();
    pw_->fold();
    form_ = nn::Form::deployed;
  }

 private:
  PpLcNetV3Block block_;
  nn::Form form_;
  std::shared_ptr<nn::RepConv> dw_, pw_;
  std::shared_ptr<nn::SqueezeExcite> se_;
};

}  // namespace detail

/// PP-LCNetV3, the backbone of PP-OCRv4 mobile: depthwise and pointwise re-parameterised convolutions, no residuals.
///
/// `Percent` scales the widths; `Line` is the layout for text lines of 48 rows, which ends in one row of features at stride 8.
/// Detection: four maps at strides 4 to 32, thinned by 1 x 1 convolutions. Names `stem`, `stages.S.B.{dw,se,pw}`, `out.I`.
template <std::int64_t Percent, bool Line>
class PpLcNetV3 final : public nn::Part<PpLcNetV3<Percent, Line>, PpLcNetV3Options> {
  using Base = nn::Part<PpLcNetV3<Percent, Line>, PpLcNetV3Options>;
  static constexpr std::int64_t width(std::int64_t base) { return detail::scaled_width(base, Percent, 16); }
  // int(scale * width), as the published networks have it
  static constexpr std::int64_t tap(std::int64_t base) { return base * Percent / 100; }
  static constexpr std::array<std::int64_t, 4> kTaps{tap(16), tap(24), tap(56), tap(480)};

 public:
  static constexpr FeatureSpec out = Line ? features(Level{.channels = width(512), .stride = 8, .rows = 1})
                                          : features(Level{kTaps[0], 4}, Level{kTaps[1], 8}, Level{kTaps[2], 16}, Level{kTaps[3], 32});

  explicit PpLcNetV3(PpLcNetV3Options options) : Base(options) {}

  void reset() override {
    const auto form = this->options_.form;
    stem_ = this->register_module("stem", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                                              .in = 3, .out = width(16), .kernel = {3, 3}, .stride = {2, 2}, .form = form}));
    stages_ = this->register_module("stages", std::make_shared<nn::ModuleList<Stage>>());
    for (const auto& blocks : table()) {
      auto stage = std::make_shared<Stage>();
      for (const auto& block : blocks) {
        stage->push_back(std::make_shared<detail::PpLcNetV3BlockImpl>(block, form));
      }
      stages_->push_back(stage);
    }
    if constexpr (!Line) {
      taps_ = this->register_module("out", std::make_shared<nn::ModuleList<torch::nn::Conv2dImpl>>());
      for (std::size_t i = 0; i < 4; ++i)
        taps_->push_back(std::make_shared<torch::nn::Conv2dImpl>(torch::nn::Conv2dOptions(table()[i + 1].back().out, kTaps[i], 1)));
    }
  }

  Features forward(const at::Tensor& image) {
    Features maps;
    auto x = stem_->forward(image);
    for (std::size_t s = 0; s < stages_->size(); ++s) {
      for (auto& block : *(*stages_)[s]) x = block->forward(x);
      if (!Line && s > 0) maps.push_back((*taps_)[s - 1]->forward(x));
    }
    if constexpr (Line)
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
  using Stage = nn::ModuleList<detail::PpLcNetV3BlockImpl>;

  static std::vector<std::vector<detail::PpLcNetV3Block>> table() {
    const std::array<std::int64_t, 6> c{width(16), width(32), width(64), width(128), width(256), width(512)};
    const auto same = [](std::int64_t k, std::int64_t channels, bool se = false) {
      return detail::PpLcNetV3Block{k, channels, channels, {1, 1}, se};
    };
    using Stride = std::array<std::int64_t, 2>;
    const Stride one{1, 1}, s1 = Line ? Stride{1, 1} : Stride{2, 2}, s2 = Line ? Stride{2, 1} : Stride{2, 2},
                            s3 = Line ? Stride{1, 2} : Stride{2, 2}, s4 = Line ? Stride{2, 1} : Stride{2, 2},
                            last = Line ? Stride{2, 1} : one;
    return {{{3, c[0], c[1], one, false}},
            {{3, c[1], c[2], s1, false}, same(3, c[2])},
            {{3, c[2], c[3], s2, false}, same(3, c[3])},
            {{3, c[3], c[4], s3, false}, same(5, c[4]), same(5, c[4]), same(5, c[4]), same(5, c[4])},
            {{5, c[4], c[5], s4, true}, same(5, c[5], true), {5, c[5], c[5], last, false}, same(5, c[5])}};
  }

  std::shared_ptr<nn::ConvUnit> stem_;
  std::shared_ptr<nn::ModuleList<Stage>> stages_;
  std::shared_ptr<nn::ModuleList<torch::nn::Conv2dImpl>> taps_;
};

}  // namespace scriba::backbone
