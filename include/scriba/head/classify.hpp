#pragma once

#include <array>
#include <cstdint>

#include <ATen/ops/softmax.h>
#include <torch/nn/modules/linear.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::head {

struct ClassifyOptions {
  std::int64_t classes = 2;
};

struct ClassScores {
  at::Tensor probability;  ///< [N, classes], evaluation
  at::Tensor logits;       ///< [N, classes], training only

  static constexpr auto fields() {
    using Field = nn::OutputField<ClassScores>;
    return std::array{Field{"probability", &ClassScores::probability}, Field{"logits", &ClassScores::logits, true}};
  }
};

/// Mean over the map, one linear layer. In: one level of any height. Name `fc`.
class Classify final : public nn::Part<Classify, ClassifyOptions, FeatureSpec> {
 public:
  using Output = ClassScores;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1; }

  Classify(FeatureSpec in, ClassifyOptions options) : Part(options), in_(in) {}

  void reset() override { fc_ = register_module("fc", torch::nn::Linear(in_[0].channels, options_.classes)); }

  ClassScores forward(const Features& in) {
    const auto logits = fc_->forward(in[0].mean({2, 3}));
    ClassScores out;
    if (is_training())
      out.logits = logits;
    else
      out.probability = at::softmax(logits, -1);
    return out;
  }

 private:
  FeatureSpec in_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace scriba::head
