#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <scriba/core/error.hpp>
#include <scriba/head/fixed_length.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/text/fixed_length.hpp>

namespace scriba::loss {

/// Softmax cross-entropy at every position of a text, mean over the positions that count; 0 when none does.
///
/// `logits` [N, positions, classes]; `labels` [N, positions], int64: classes, or `ignore_index` where a position does not count.
/// Throws Error for labels of another shape, and for a label that is neither.
inline at::Tensor position_cross_entropy(const at::Tensor& logits, const at::Tensor& labels, std::int64_t ignore_index) {
  const auto classes = logits.size(2);
  require_shape("labels", labels, logits.sizes().slice(0, 2));
  const auto counts = labels != ignore_index;
  const auto wrong = ((labels < 0) | (labels >= classes)) & counts;
  if (wrong.any().item<bool>())
    throw Error({.what = "the loss cannot compare these labels",
                 .where = "labels",
                 .expected = "0 .. " + std::to_string(classes - 1) + ", or " + std::to_string(ignore_index) + " to ignore a position",
                 .got = std::to_string(labels.masked_select(wrong)[0].item<std::int64_t>())});
  return at::cross_entropy_loss(logits.flatten(0, 1), labels.flatten(), {}, at::Reduction::Sum, ignore_index) / counts.sum().clamp_min(1);
}

struct FixedLengthOptions {
  std::int64_t ignored = fixed_length::kIgnored;  ///< label of the positions that do not count; the reference's is the number of classes
};

/// What a fixed-length head learns from: position_cross_entropy. Term `cross_entropy`. Throws Error as it does, and without logits.
class FixedLength {
 public:
  using Options = FixedLengthOptions;
  using Target = at::Tensor;  ///< [N, positions], int64, as fixed_length::encode() gives them

  explicit FixedLength(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::FixedLengthText& text, const Target& labels) const {
    if (!text.logits.defined())
      throw Error({.what = "the fixed-length loss needs logits",
                   .where = "head output",
                   .expected = "a model in training mode",
                   .got = "evaluation mode"});
    const auto mean = position_cross_entropy(text.logits, labels, options_.ignored);
    return {mean, {{"cross_entropy", mean}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
