#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <scriba/core/error.hpp>
#include <scriba/head/classify.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct CrossEntropyOptions {
  double label_smoothing = 0.0;  ///< 0 .. 1
};

/// Softmax cross-entropy of a classifier, mean over the batch. Term `cross_entropy`.
class CrossEntropy {
 public:
  using Options = CrossEntropyOptions;
  using Target = at::Tensor;  ///< [N], int64, class indices

  explicit CrossEntropy(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::ClassScores& scores, const Target& target) const {
    if (!scores.logits.defined())
      throw Error({.what = "the cross-entropy needs logits",
                   .where = "head output",
                   .expected = "a model in training mode",
                   .got = "evaluation mode"});
    const auto mean = at::cross_entropy_loss(scores.logits, target, {}, at::Reduction::Mean, -100, options_.label_smoothing);
    return {mean, {{"cross_entropy", mean}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
