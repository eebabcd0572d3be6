#pragma once

#include <cstdint>
#include <memory>

#include <ATen/ops/cat.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/nn/transformer_block.hpp>

namespace scriba::neck {

struct SvtrOptions {
  double dropout = 0.1;  ///< in training
  nn::Form form = nn::Form::training;
};

/// Sequence encoder of PP-OCRv6's recognisers: a local 1 x 7 convolution, transformer blocks, and the input past them.
///
/// In: one level of one row, [N, C, 1, T]. Out: [N, Width, 1, T]. After Du et al., "SVTR", IJCAI 2022.
/// Names `skip`, `reduce`, `local`, `core`.
template <std::int64_t Width = 120, std::int64_t Depth = 2>
class LightSvtr final : public nn::Part<LightSvtr<Width, Depth>, SvtrOptions, FeatureSpec> {
  using Base = nn::Part<LightSvtr<Width, Depth>, SvtrOptions, FeatureSpec>;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.is_sequence(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Width, in[0].stride, 1}); }

  LightSvtr(FeatureSpec in, SvtrOptions options) : Base(options), in_(in) {}

  void reset() override {
    const auto unit = [&](const char* name, nn::ConvUnitOptions options) {
      options.activation = nn::Activation::swish;
      options.form = this->options_.form;
      return this->register_module(name, std::make_shared<nn::ConvUnit>(options));
    };
    const auto channels = in_[0].channels;
    skip_ = unit("skip", {.in = channels, .out = Width});
    reduce_ = unit("reduce", {.in = channels, .out = Width});
    local_ = unit("local", {.in = Width, .out = Width, .kernel = {1, 7}, .groups = Width});
    core_ = this->register_module(
        "core", std::make_shared<nn::SequenceMixer>(
                    nn::TransformerBlockOptions{.width = Width, .mlp_width = 2 * Width, .dropout = this->options_.dropout}, Depth));
  }

  Features forward(const Features& in) {
    auto z = reduce_->forward(in[0]);
    z = z + local_->forward(z);
    return {core_->forward(z) + skip_->forward(in[0])};
  }

  void fold() {
    for (const auto& unit : {skip_, reduce_, local_}) unit->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<nn::ConvUnit> skip_, reduce_, local_;
  std::shared_ptr<nn::SequenceMixer> core_;
};

/// Sequence encoder of PP-OCRv3 and v4: transformer blocks on a narrow copy of the input, put back beside the input.
///
/// In: one level of one row, [N, C, 1, T]. Out: [N, Width, 1, T]. Li et al., "PP-OCRv3", 2022, section 2.3 (SVTR-LCNet).
/// Names `conv1` .. `conv5`, `core`.
template <std::int64_t Width = 120, std::int64_t Depth = 2>
class Svtr final : public nn::Part<Svtr<Width, Depth>, SvtrOptions, FeatureSpec> {
  using Base = nn::Part<Svtr<Width, Depth>, SvtrOptions, FeatureSpec>;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.is_sequence() && in[0].channels % 8 == 0; }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Width, in[0].stride, 1}); }

  Svtr(FeatureSpec in, SvtrOptions options) : Base(options), in_(in) {}

  void reset() override {
    const auto unit = [&](const char* name, std::int64_t in, std::int64_t out, std::int64_t columns) {
      return this->register_module(
          name, std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                    .in = in, .out = out, .kernel = {1, columns}, .activation = nn::Activation::swish, .form = this->options_.form}));
    };
    const auto channels = in_[0].channels;
    conv1_ = unit("conv1", channels, channels / 8, 3);
    conv2_ = unit("conv2", channels / 8, Width, 1);
    core_ = this->register_module(
        "core", std::make_shared<nn::SequenceMixer>(
                    nn::TransformerBlockOptions{.width = Width, .mlp_width = 2 * Width, .dropout = this->options_.dropout}, Depth));
    conv3_ = unit("conv3", Width, channels, 1);
    conv4_ = unit("conv4", 2 * channels, channels / 8, 3);
    conv5_ = unit("conv5", channels / 8, Width, 1);
  }

  Features forward(const Features& in) {
    const auto z = conv3_->forward(core_->forward(conv2_->forward(conv1_->forward(in[0]))));
    return {conv5_->forward(conv4_->forward(at::cat({in[0], z}, 1)))};
  }

  void fold() {
    for (const auto& unit : {conv1_, conv2_, conv3_, conv4_, conv5_}) unit->fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<nn::ConvUnit> conv1_, conv2_, conv3_, conv4_, conv5_;
  std::shared_ptr<nn::SequenceMixer> core_;
};

}  // namespace scriba::neck
