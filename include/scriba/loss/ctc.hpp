#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/log_softmax.h>

#include <scriba/core/error.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct CtcOptions {
  std::int64_t blank = 0;
};

/// The texts of a batch as class indices.
struct CtcTarget {
  at::Tensor labels;   ///< [sum of lengths], int64, all texts one after the other, no blanks
  at::Tensor lengths;  ///< [N], int64
};

/// Connectionist temporal classification: Graves et al., ICML 2006, equation 8; mean over the batch of -log p(text).
///
/// A text that cannot be read off T frames (it needs its length plus one frame between equal neighbours) has no path: such samples
/// contribute neither loss nor gradient, and do not count in the mean. An empty text is learnt as all blanks.
class Ctc {
 public:
  using Options = CtcOptions;
  using Target = CtcTarget;

  explicit Ctc(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::CtcSequence& sequence, const Target& target) const {
    if (!sequence.logits.defined())
      throw Error(
          {.what = "the CTC loss needs logits", .where = "head output", .expected = "a model in training mode", .got = "evaluation mode"});
    const auto samples = sequence.logits.size(0), frames = sequence.logits.size(1);
    if (target.lengths.numel() != samples)
      throw Error({.what = "the CTC target does not fit the batch",
                   .where = "lengths",
                   .expected = std::to_string(samples) + " texts",
                   .got = std::to_string(target.lengths.numel())});
    const auto log_probability = at::log_softmax(sequence.logits, -1).transpose(0, 1);  // [T, N, classes]
    const std::vector<std::int64_t> frame_counts(static_cast<std::size_t>(samples), frames);
    const auto lengths = target.lengths.to(at::kCPU).contiguous();
    const auto each = at::ctc_loss(log_probability, target.labels, frame_counts,
                                   at::IntArrayRef(lengths.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(samples)),
                                   options_.blank, at::Reduction::None, /*zero_infinity=*/true);
    const auto readable = (each > 0).sum().clamp_min(1);
    const auto mean = each.sum() / readable;
    return {mean, {{"ctc", mean}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
