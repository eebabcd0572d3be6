#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/neck/require_doubling.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct SastFusionOptions {
  bool attention = true;  ///< without it the context attention block is left out, though its parameters exist
  nn::Form form = nn::Form::training;
};

namespace detail {

inline constexpr std::int64_t kSastChannels = 128;

// Transposed convolution that doubles the size, batch norm. Names `conv`, `bn`.
class UpConvUnit final : public torch::nn::Cloneable<UpConvUnit> {
 public:
  UpConvUnit(std::int64_t in, std::int64_t out, nn::Form form) : in_(in), out_(out), form_(form) { reset(); }

  void reset() override {
    const bool deployed = form_ == nn::Form::deployed;
    conv_ = register_module(
        "conv", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(in_, out_, 4).stride(2).padding(1).bias(deployed)));
    bn_ = nullptr;
    if (!deployed) bn_ = register_module("bn", torch::nn::BatchNorm2d(out_));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto y = conv_->forward(x);
    return bn_ ? nn::normalized(*bn_, y) : y;
  }

  void fold() {
    if (!bn_) return;
    const at::NoGradGuard no_gradients;
    const nn::Kernel kernel = nn::folded({conv_->weight, {}}, *bn_, /*out_axis=*/1);
    unregister_module("conv");
    unregister_module("bn");
    form_ = nn::Form::deployed;
    reset();
    to(kernel.weight.device(), kernel.weight.scalar_type());
    nn::set_kernel(*conv_, kernel);
  }

 private:
  std::int64_t in_, out_;
  nn::Form form_;
  torch::nn::ConvTranspose2d conv_{nullptr};
  torch::nn::BatchNorm2d bn_{nullptr};
};

// What the three pieces of the neck share: numbered convolutions with one prefix.
template <class Self>
class SastUnits : public torch::nn::Cloneable<Self> {
 public:
  void fold() {
    for (const auto& unit : conv_) unit->fold();
    form_ = nn::Form::deployed;
  }

 protected:
  explicit SastUnits(nn::Form form) : form_(form) {}

  // The next convolution in order of numbers.
  void add(const std::string& prefix, nn::ConvUnitOptions options) {
    options.form = form_;
    conv_.push_back(this->register_module(prefix + std::to_string(conv_.size() + 1), std::make_shared<nn::ConvUnit>(options)));
  }
  at::Tensor conv(std::size_t number, const at::Tensor& x) const { return conv_[number - 1]->forward(x); }

  nn::Form form_;
  std::vector<std::shared_ptr<nn::ConvUnit>> conv_;
};

// From stride 64 up to 4. Names `fpn_up_conv1` .. 10, `fpn_up_deconv1` .. 4.
class SastUp final : public SastUnits<SastUp> {
 public:
  // `in`: channels of the levels from stride 4 to stride 64.
  SastUp(std::array<std::int64_t, 5> in, nn::Form form) : SastUnits(form), in_(in) { reset(); }

  void reset() override {
    conv_.clear();
    // 1 to 5: the laterals, coarsest first. 6 to 9: what smooths each sum. 10: the last.
    for (std::size_t i = 0; i < kWidth.size(); ++i) add("fpn_up_conv", {.in = in_[4 - i], .out = kWidth[i]});
    for (std::size_t i = 1; i < kWidth.size(); ++i)
      add("fpn_up_conv", {.in = kWidth[i], .out = kWidth[i], .kernel = {3, 3}, .activation = nn::Activation::relu});
    add("fpn_up_conv", {.in = kWidth.back(), .out = kWidth.back()});
    for (std::size_t i = 0; i + 1 < kWidth.size(); ++i)
      up_[i] = register_module("fpn_up_deconv" + std::to_string(i + 1), std::make_shared<UpConvUnit>(kWidth[i], kWidth[i + 1], form_));
  }

  // `levels`: strides 4 to 64, finest first.
  at::Tensor forward(const std::array<at::Tensor, 5>& levels) {
    auto sum = conv(1, levels[4]);
    for (std::size_t i = 1; i < kWidth.size(); ++i) {
      sum = at::relu(up_[i - 1]->forward(sum) + conv(i + 1, levels[4 - i]));
      sum = conv(kWidth.size() + i, sum);
    }
    return conv(10, sum);  // [N, 128, H/4, W/4]
  }

  void fold() {
    SastUnits::fold();
    for (const auto& unit : up_) unit->fold();
  }

 private:
  static constexpr std::array<std::int64_t, 5> kWidth{256, 256, 192, 192, kSastChannels};  // coarsest first
  std::array<std::int64_t, 5> in_;
  std::array<std::shared_ptr<UpConvUnit>, 4> up_;
};

// From the image down to stride 4. Names `fpn_down_conv1` .. 8.
class SastDown final : public SastUnits<SastDown> {
 public:
  // `in`: channels of the levels at strides 1, 2 and 4.
  SastDown(std::array<std::int64_t, 3> in, nn::Form form) : SastUnits(form), in_(in) { reset(); }

  void reset() override {
    conv_.clear();
    const auto c = kSastChannels;
    add("fpn_down_conv", {.in = in_[0], .out = 32});
    add("fpn_down_conv", {.in = in_[1], .out = 64});
    add("fpn_down_conv", {.in = in_[2], .out = c});
    add("fpn_down_conv", {.in = 32, .out = 64, .kernel = {3, 3}, .stride = {2, 2}});
    add("fpn_down_conv", {.in = 64, .out = c, .kernel = {3, 3}, .activation = nn::Activation::relu});
    add("fpn_down_conv", {.in = c, .out = c, .kernel = {3, 3}, .stride = {2, 2}});
    add("fpn_down_conv", {.in = c, .out = c, .kernel = {3, 3}, .activation = nn::Activation::relu});
    add("fpn_down_conv", {.in = c, .out = c});
  }

  at::Tensor forward(const std::array<at::Tensor, 3>& levels) {
    const auto half = at::relu(conv(4, conv(1, levels[0])) + conv(2, levels[1]));
    const auto quarter = at::relu(conv(6, conv(5, half)) + conv(3, levels[2]));
    return conv(8, conv(7, quarter));  // [N, 128, H/4, W/4]
  }

 private:
  std::array<std::int64_t, 3> in_;
};

// Every pixel looks along its row and along its column. Names `conv_attention1` .. 8.
class SastAttention final : public SastUnits<SastAttention> {
 public:
  explicit SastAttention(nn::Form form) : SastUnits(form) { reset(); }

  void reset() override {
    conv_.clear();
    const auto c = kSastChannels;
    for (int i = 1; i <= 7; ++i)
      add("conv_attention", {.in = c, .out = c, .activation = i <= 3 ? nn::Activation::relu : nn::Activation::none});
    add("conv_attention", {.in = 2 * c, .out = c, .activation = nn::Activation::relu});
  }

  at::Tensor forward(const at::Tensor& x) {
    // Both directions share query, key and value; each has its own way past the attention.
    const auto query = conv(1, x), key = conv(2, x), value = conv(3, x);
    const auto rows = at::relu(conv(4, along(query, key, value, {0, 2, 3, 1}, {0, 3, 1, 2})) + conv(5, x));
    const auto columns = at::relu(conv(6, along(query, key, value, {0, 3, 2, 1}, {0, 3, 2, 1})) + conv(7, x));
    return conv(8, at::cat({rows, columns}, 1));
  }

 private:
  // Attention among the pixels of each line; `to_lines` brings [N, C, H, W] into [N, line, pixel, C], `back` undoes it. No sizes appear:
  // a traced network works at any.
  static at::Tensor along(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, at::IntArrayRef to_lines,
                          at::IntArrayRef back) {
    const auto q = query.permute(to_lines) / std::sqrt(static_cast<double>(kSastChannels));
    // [N, line, pixel, pixel]: how much each pixel takes from the others of its line.
    const auto weights = at::softmax(at::matmul(q, key.permute(to_lines).transpose(-2, -1)), -1);
    return at::matmul(weights, value.permute(to_lines)).permute(back);
  }
};

}  // namespace detail

/// Neck of SAST: coarse levels up and fine levels down to stride 4, added; then each pixel attends to its row and column.
///
/// In: seven levels, from the image itself (stride 1) to stride 64; the image's sides must be multiples of 64. Out: one map
/// [N, 128, H/4, W/4]. Attention costs H W (H + W) / 64 products of 128 values, and memory in proportion to H W (H + W).
///
/// Wang et al., "A Single-Shot Arbitrarily-Shaped Text Detector based on Context Attended Multi-Task Learning", ACM MM 2019, section 3.2.
/// Names `fpn_up`, `fpn_down`, `cross_attention`.
class SastFusion final : public nn::Part<SastFusion, SastFusionOptions, FeatureSpec> {
 public:
  /// The image itself and six maps of it, each twice as coarse as the one before. The channels of each decide its first convolution.
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 7 && in.is_map() && in.doubles() && in[0].stride == 1; }
  static constexpr FeatureSpec out(const FeatureSpec&) { return features(Level{detail::kSastChannels, 4}); }

  SastFusion(FeatureSpec in, SastFusionOptions options) : Part(options), in_(in) {}

  void reset() override {
    const auto channels = [&](std::size_t level) { return in_[level].channels; };
    const auto form = options_.form;
    up_ = register_module(
        "fpn_up", std::make_shared<detail::SastUp>(std::array{channels(2), channels(3), channels(4), channels(5), channels(6)}, form));
    down_ = register_module("fpn_down", std::make_shared<detail::SastDown>(std::array{channels(0), channels(1), channels(2)}, form));
    attention_ = register_module("cross_attention", std::make_shared<detail::SastAttention>(form));
    nn::initialize_by_fan_in(*this);
  }

  /// Throws Error for levels that do not double in size.
  Features forward(const Features& in) {
    require_doubling(in);
    const auto fused = at::relu(down_->forward({in[0], in[1], in[2]}) + up_->forward({in[2], in[3], in[4], in[5], in[6]}));
    return {options_.attention ? attention_->forward(fused) : fused};
  }

  void fold() {
    up_->fold();
    down_->fold();
    attention_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::SastUp> up_;
  std::shared_ptr<detail::SastDown> down_;
  std::shared_ptr<detail::SastAttention> attention_;
};

}  // namespace scriba::neck
