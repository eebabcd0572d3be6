#pragma once

#include <array>
#include <cstdint>

#include <ATen/ops/softmax.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::head {

/// The same computation by two names: which one a checkpoint has.
enum class CtcLayer {
  linear,  ///< `fc`, [classes, C]
  conv1x1  ///< `conv`, [classes, C, 1, 1]: nothing but convolutions, for engines and quantisers that want it so
};

struct CtcOptions {
  std::int64_t classes = 37;  ///< characters and the blank, which is class 0
  CtcLayer layer = CtcLayer::linear;
};

struct CtcSequence {
  at::Tensor probability;  ///< [N, T, classes], evaluation
  at::Tensor logits;       ///< [N, T, classes], training only

  // An engine may find the best class of each frame inside the network; `probability` is then undefined.
  at::Tensor best_class;        ///< [N, T], int64
  at::Tensor best_probability;  ///< [N, T]

  static constexpr auto fields() {
    using Field = nn::OutputField<CtcSequence>;
    return std::array{Field{"probability", &CtcSequence::probability}, Field{"logits", &CtcSequence::logits, true},
                      Field{"best_class", &CtcSequence::best_class, true}, Field{"best_probability", &CtcSequence::best_probability, true}};
  }
};

/// One linear layer over every column of the sequence: Graves et al., "Connectionist Temporal Classification", ICML 2006.
///
/// In: one level of one row, [N, C, 1, T]. Name `fc`, or `conv`.
class Ctc final : public nn::Part<Ctc, CtcOptions, FeatureSpec> {
 public:
  using Output = CtcSequence;
  static constexpr bool accepts(const FeatureSpec& in) { return in.is_sequence(); }

  Ctc(FeatureSpec in, CtcOptions options) : Part(options), in_(in) {}

  void reset() override {
    const auto channels = in_[0].channels, classes = options_.classes;
    fc_ = nullptr, conv_ = nullptr;
    if (options_.layer == CtcLayer::linear)
      fc_ = register_module("fc", torch::nn::Linear(channels, classes));
    else
      conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, classes, 1)));
  }

  CtcSequence forward(const Features& in) {
    const auto frames = [](const at::Tensor& row) { return row.flatten(2).transpose(1, 2); };
    const auto logits = fc_ ? fc_->forward(frames(in[0])) : frames(conv_->forward(in[0]));
    CtcSequence out;
    if (is_training())
      out.logits = logits;
    else
      out.probability = at::softmax(logits, -1);
    return out;
  }

 private:
  FeatureSpec in_;
  torch::nn::Linear fc_{nullptr};
  torch::nn::Conv2d conv_{nullptr};
};

}  // namespace scriba::head
