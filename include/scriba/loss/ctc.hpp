#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <scriba/core/error.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/loss/form.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct CtcOptions {
  std::int64_t blank = 0;
  bool learn_empty = false;    ///< an empty text teaches blanks in every frame; else it is left out
  bool length_weight = false;  ///< multiply each text's loss by ctc_length_weight()
  LossForm form = LossForm::corrected;
  std::int64_t reference_batch = 0;  ///< `LossForm::reference` divides by this; 0: by the number of texts
};

/// The texts of a batch as class indices.
struct CtcTarget {
  at::Tensor labels;   ///< [sum of lengths], int64, all texts one after the other, no blanks
  at::Tensor lengths;  ///< [N], int64
};

/// How many frames a text needs: one a character, and a blank between equal neighbours.
inline std::int64_t ctc_frames_needed(std::span<const std::int64_t> labels) {
  auto needed = static_cast<std::int64_t>(labels.size());
  for (std::size_t i = 1; i < labels.size(); ++i) needed += labels[i] == labels[i - 1];
  return needed;
}

/// The loss of each text of a batch.
struct CtcSamples {
  at::Tensor each;          ///< [N], -log p(text); 0 for texts that are left out
  at::Tensor learnt;        ///< [N], 1 for texts that count, 0 for those that are left out
  std::int64_t too_long{};  ///< texts left out because the frames do not suffice
  std::int64_t empty{};     ///< texts left out because they are empty

  /// The mean of `values` [N] over the texts that count; 0 when there are none.
  at::Tensor mean(const at::Tensor& values) const { return (values * learnt).sum() / learnt.sum().clamp_min(1); }

  /// What is logged beside a loss: `too_long` and `empty`.
  void add_counts(LossTerms& loss) const {
    const auto count = [&](std::int64_t n) { return at::scalar_tensor(n, learnt.options()); };
    loss.terms.emplace_back("too_long", count(too_long));
    loss.terms.emplace_back("empty", count(empty));
  }
};

namespace detail {

inline const at::Tensor& require_logits(const head::CtcSequence& sequence) {
  if (!sequence.logits.defined())
    throw Error(
        {.what = "the CTC loss needs logits", .where = "head output", .expected = "a model in training mode", .got = "evaluation mode"});
  if (sequence.logits.dim() != 3 || sequence.logits.numel() == 0)
    throw Error({.what = "the CTC loss cannot read these logits",
                 .where = "head output",
                 .expected = "[N, T, classes], none of them 0",
                 .got = std::to_string(sequence.logits.dim()) + " dimensions, " + std::to_string(sequence.logits.numel()) + " values"});
  return sequence.logits;
}

// On the CPU, checked: LibTorch reads memory by these numbers.
struct CtcTexts {
  at::Tensor labels;
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> needs;  // frames
};

inline CtcTexts ctc_texts(const CtcTarget& target, std::int64_t samples, std::int64_t classes, std::int64_t blank) {
  const auto bad = [](const char* where, std::string expected, std::string got) {
    return Error({.what = "the CTC target does not fit the batch", .where = where, .expected = std::move(expected), .got = std::move(got)});
  };
  if (blank < 0 || blank >= classes) throw bad("blank", "a class of the head, below " + std::to_string(classes), std::to_string(blank));
  if (!target.lengths.defined() || target.lengths.numel() != samples)
    throw bad("lengths", std::to_string(samples) + " texts",
              target.lengths.defined() ? std::to_string(target.lengths.numel()) : "no tensor");
  const auto lengths = target.lengths.to(at::kCPU, at::kLong).contiguous();
  CtcTexts out{
      target.labels.defined() ? target.labels.to(at::kCPU, at::kLong).contiguous() : at::tensor(at::ArrayRef<std::int64_t>{}), {}, {}};
  const auto* label = out.labels.const_data_ptr<std::int64_t>();
  std::int64_t first = 0;
  for (std::int64_t n = 0; n < samples; ++n) {
    const std::int64_t length = lengths.const_data_ptr<std::int64_t>()[n];
    if (length < 0 || length > out.labels.numel() - first)
      throw bad("labels", "as many as the lengths add up to", std::to_string(out.labels.numel()));
    for (std::int64_t i = first; i < first + length; ++i)
      if (label[i] < 0 || label[i] >= classes || label[i] == blank)
        throw bad("labels", "classes below " + std::to_string(classes) + " and not the blank", std::to_string(label[i]));
    out.lengths.push_back(length);
    out.needs.push_back(ctc_frames_needed({label + first, static_cast<std::size_t>(length)}));
    first += length;
  }
  if (first != out.labels.numel())
    throw bad("labels", std::to_string(first) + ", as the lengths add up to", std::to_string(out.labels.numel()));
  return out;
}

}  // namespace detail

/// -log p(text) of every text; see Ctc for those that are left out. `LossForm::reference` leaves out none: the loss of a text that
/// cannot be read off the frames is infinite. Throws Error without logits and for a target that does not fit them.
inline CtcSamples ctc_samples(const head::CtcSequence& sequence, const CtcTarget& target, const CtcOptions& options = {}) {
  const auto& logits = detail::require_logits(sequence);
  const auto samples = logits.size(0), frames = logits.size(1);
  const auto texts = detail::ctc_texts(target, samples, logits.size(2), options.blank);
  const bool reference = options.form == LossForm::reference;
  CtcSamples out;
  std::vector<double> learnt;
  for (std::size_t n = 0; n < texts.lengths.size(); ++n) {
    const bool too_long = !reference && texts.needs[n] > frames;
    const bool empty = !reference && !options.learn_empty && texts.lengths[n] == 0;
    out.too_long += too_long;
    out.empty += empty;
    learnt.push_back(too_long || empty ? 0 : 1);
  }
  const auto type = at::isReducedFloatingType(logits.scalar_type()) ? at::kFloat : logits.scalar_type();
  const auto log_probability = at::log_softmax(logits, -1, type).transpose(0, 1);  // [T, N, classes]
  const std::vector<std::int64_t> frame_counts(static_cast<std::size_t>(samples), frames);
  out.each = at::ctc_loss(log_probability, texts.labels.to(logits.device()), frame_counts, texts.lengths, options.blank,
                          at::Reduction::None, /*zero_infinity=*/!reference);
  out.learnt = at::tensor(learnt, at::kDouble).to(out.each.options());
  if (!reference) out.each = out.each * out.learnt;
  return out;
}

/// How far the number n of frames whose most probable class is not blank is from the text's length L: max(L, n) / min(L, n), [N].
/// 2 when one of them is 0, 1 when both are. `LossForm::reference` divides in single precision, and gives NaN when both are 0.
inline at::Tensor ctc_length_weight(const at::Tensor& logits, const at::Tensor& lengths, std::int64_t blank = 0,
                                    LossForm form = LossForm::corrected) {
  const auto type = form == LossForm::reference || at::isReducedFloatingType(logits.scalar_type()) ? at::kFloat : logits.scalar_type();
  const auto seen = (logits.detach().argmax(-1) != blank).sum(1).to(type), length = lengths.to(seen.options());
  auto weight = at::maximum(seen, length) / at::minimum(seen, length);
  weight = at::where(weight.isinf(), at::scalar_tensor(2, weight.options()), weight);
  return form == LossForm::reference ? weight : weight.nan_to_num(1);
}

/// Connectionist temporal classification: Graves et al., ICML 2006, equation 8; mean over the batch of -log p(text).
///
/// A text that cannot be read off T frames (it needs its length plus one frame between equal neighbours) has no path, and an empty one
/// is mostly a label gone wrong: both are left out. They contribute neither loss nor gradient, and do not count in the mean.
/// Terms: `ctc`, and the numbers of texts left out, `too_long` and `empty`. Throws Error for a target that does not fit the output.
///
/// `LossForm::reference`: the sum over the batch, divided by a number from the settings whatever the batch's size is (the last batch of
/// an epoch teaches less); texts that do not fit make it infinite.
class Ctc {
 public:
  using Options = CtcOptions;
  using Target = CtcTarget;

  explicit Ctc(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::CtcSequence& sequence, const Target& target) const {
    const auto samples = ctc_samples(sequence, target, options_);
    auto each = samples.each;
    if (options_.length_weight) each = each * ctc_length_weight(sequence.logits, target.lengths, options_.blank, options_.form);
    const auto total = options_.form == LossForm::corrected ? samples.mean(each) : each.sum() / reference_batch(each.numel());
    LossTerms out{total, {{"ctc", total}}};
    samples.add_counts(out);
    return out;
  }

 private:
  double reference_batch(std::int64_t texts) const {
    return static_cast<double>(options_.reference_batch > 0 ? options_.reference_batch : texts);
  }

  Options options_;
};

}  // namespace scriba::loss
