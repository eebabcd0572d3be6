#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

#include <scriba/core/error.hpp>
#include <scriba/head/ctc.hpp>

namespace scriba::train {

struct FrameLabelsOptions {
  double confidence = 0.95;  ///< frames whose best class is not more probable than this have no label, 0..1
  std::int64_t blank = 0;    ///< frames that show it have no label
  bool last_of_run = true;   ///< of neighbouring frames with one class only the last has a label: one frame a character
};

/// What each frame of a batch shows, as a frozen recogniser sees it: the target of loss::Center, [N, T], int64, -1 for no label.
///
/// `sequence` is the frozen model's output for the batch, in either mode; no gradient reaches it. It may be the model as it was before
/// fine-tuning: `model.clone()`. Throws Error for an output without probabilities or logits.
inline at::Tensor frame_labels(const head::CtcSequence& sequence, const FrameLabelsOptions& options = {}) {
  const bool logits = !sequence.probability.defined();
  const auto& values = logits ? sequence.logits : sequence.probability;
  if (!values.defined() || values.dim() != 3)
    throw Error(
        {.what = "cannot tell what the frames show", .where = "head output", .expected = "probabilities or logits [N, T, classes]"});
  const auto [best, label] = (logits ? at::softmax(values.detach(), -1) : values.detach()).max(-1);
  auto shown = (best > options.confidence) & (label != options.blank);
  if (const auto frames = label.size(1); options.last_of_run && frames > 1) {
    const auto goes_on = (label.narrow(1, 0, frames - 1) == label.narrow(1, 1, frames - 1)) & shown.narrow(1, 1, frames - 1);
    shown = shown.clone();
    shown.narrow(1, 0, frames - 1).logical_and_(goes_on.logical_not());
  }
  return at::where(shown, label, at::full_like(label, -1));
}

}  // namespace scriba::train
