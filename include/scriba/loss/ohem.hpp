#pragma once

#include <limits>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>

#include <scriba/loss/form.hpp>
#include <scriba/loss/require_shape.hpp>

namespace scriba::loss {

/// Online hard example mining: which pixels a loss looks at. All text, and of each image's background as many of the highest scores as
/// `negative_ratio` times its text pixels; those of equal score are all taken. Nothing where `mask` is 0.
///
/// `score`, `truth`, `mask`: [N, H, W]; text is where truth exceeds 0.5. Returns [N, H, W], 0 or 1, without gradient. An image without text
/// or without background keeps its whole mask. Stays on the device: one sort for the batch, nothing is asked back.
/// Shrivastava et al., "Training Region-based Object Detectors with Online Hard Example Mining", CVPR 2016; in text detection since PSENet.
///
/// `LossForm::reference` looks for the hardest background outside the mask too, so that ignored regions use up the places.
inline at::Tensor ohem_mask(const at::Tensor& score, const at::Tensor& truth, const at::Tensor& mask, double negative_ratio = 3.0,
                            LossForm form = LossForm::corrected) {
  require_shape("truth", truth, score.sizes());
  require_shape("mask", mask, score.sizes());
  if (score.dim() < 2 || score.numel() == 0)
    throw Error({.what = "no pixels to choose from", .where = "score", .expected = "[N, H, W]", .got = c10::str(score.sizes())});
  const at::NoGradGuard no_gradients;
  const auto flat = score.flatten(1);
  const auto text = truth.flatten(1) > 0.5, inside = mask.flatten(1) > 0.5;
  const auto background = form == LossForm::reference ? ~text : ~text & inside;
  const auto positives = (text & inside).sum(1, /*keepdim=*/true);
  const auto negatives = at::minimum((positives * negative_ratio).to(at::kLong), background.sum(1, /*keepdim=*/true));

  const auto hardest_first =
      std::get<0>(flat.masked_fill(~background, -std::numeric_limits<double>::infinity()).sort(1, /*descending=*/true));
  const auto threshold = hardest_first.gather(1, (negatives - 1).clamp_min(0));
  const auto selected = ((flat >= threshold) | text) & inside;
  return at::where((positives > 0) & (negatives > 0), selected, inside).view_as(score).to(score.scalar_type());
}

}  // namespace scriba::loss
