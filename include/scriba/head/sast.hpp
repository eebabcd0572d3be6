#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/sigmoid.h>
#include <torch/nn/cloneable.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::head {

struct SastOptions {
  nn::Form form = nn::Form::training;
};

/// Maps of the neck's size, [N, C, H/4, W/4]. Offsets are in pixels of these maps; loss::SastTarget tells their order.
struct SastMaps {
  at::Tensor score;   ///< [N, 1, ..], probability of the centre line
  at::Tensor border;  ///< [N, 4, ..], offsets to the upper and the lower border (text border offset)
  at::Tensor tvo;     ///< [N, 8, ..], offsets to the four corners (text vertex offset)
  at::Tensor tco;     ///< [N, 2, ..], offset to the centre (text centre offset)

  static constexpr auto fields() {
    using Field = nn::OutputField<SastMaps>;
    return std::array{Field{"score", &SastMaps::score}, Field{"border", &SastMaps::border}, Field{"tvo", &SastMaps::tvo},
                      Field{"tco", &SastMaps::tco}};
  }
};

namespace detail {

// Two stacks 1x1, 3x3, 1x1, 3x3 beside each other, named `f_FIRST_conv1` .. 4 and `f_SECOND_conv1` .. 4.
class SastPair final : public torch::nn::Cloneable<SastPair> {
 public:
  struct Stack {
    std::string name;
    std::int64_t out;
  };

  SastPair(std::int64_t in, Stack first, Stack second, nn::Form form) : in_(in), stacks_{std::move(first), std::move(second)}, form_(form) {
    reset();
  }

  void reset() override {
    constexpr std::int64_t kNarrow = 64, kWide = 128;
    for (std::size_t i = 0; i < stacks_.size(); ++i) {
      const auto unit = [&](int number, std::int64_t in, std::int64_t out, std::int64_t kernel, nn::Activation activation) {
        return register_module("f_" + stacks_[i].name + "_conv" + std::to_string(number),
                               std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
                                   .in = in, .out = out, .kernel = {kernel, kernel}, .activation = activation, .form = form_}));
      };
      // The last batch norm takes the place of a bias.
      units_[i] = {unit(1, in_, kNarrow, 1, nn::Activation::relu), unit(2, kNarrow, kNarrow, 3, nn::Activation::relu),
                   unit(3, kNarrow, kWide, 1, nn::Activation::relu), unit(4, kWide, stacks_[i].out, 3, nn::Activation::none)};
    }
  }

  std::array<at::Tensor, 2> forward(const at::Tensor& x) {
    std::array<at::Tensor, 2> out{x, x};
    for (std::size_t i = 0; i < out.size(); ++i)
      for (const auto& unit : units_[i]) out[i] = unit->forward(out[i]);
    return out;
  }

  void fold() {
    for (const auto& stack : units_)
      for (const auto& unit : stack) unit->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t in_;
  std::array<Stack, 2> stacks_;
  nn::Form form_;
  std::array<std::array<std::shared_ptr<nn::ConvUnit>, 4>, 2> units_;
};

}  // namespace detail

/// Head of SAST: Wang et al., "A Single-Shot Arbitrarily-Shaped Text Detector based on Context Attended Multi-Task Learning", ACM MM 2019,
/// section 3.3.
///
/// In: one map. Out: four maps of the same size, in training and evaluation. Names `sast_head1`, `sast_head2`.
class Sast final : public nn::Part<Sast, SastOptions, FeatureSpec> {
 public:
  using Output = SastMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1 && in.is_map(); }

  Sast(FeatureSpec in, SastOptions options) : Part(options), in_(in) {}

  void reset() override {
    using Stack = detail::SastPair::Stack;
    const auto pair = [&](const char* name, Stack first, Stack second) {
      return register_module(name, std::make_shared<detail::SastPair>(in_[0].channels, std::move(first), std::move(second), options_.form));
    };
    head1_ = pair("sast_head1", {"score", 1}, {"border", 4});
    head2_ = pair("sast_head2", {"tvo", 8}, {"tco", 2});
    nn::initialize_by_fan_in(*this);
  }

  SastMaps forward(const Features& in) {
    const auto [score, border] = head1_->forward(in[0]);
    const auto [tvo, tco] = head2_->forward(in[0]);
    return {at::sigmoid(score), border, tvo, tco};
  }

  void fold() {
    head1_->fold();
    head2_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::SastPair> head1_, head2_;
};

}  // namespace scriba::head
