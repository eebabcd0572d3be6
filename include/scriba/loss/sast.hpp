#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/smooth_l1_loss.h>

#include <scriba/head/sast.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct SastOptions {
  double score_weight = 1.0;
  double border_weight = 1.0;
  double tvo_weight = 1.5;
  double tco_weight = 1.5;
  double epsilon = 1e-5;
};

/// What a SAST detector learns from; float, on the maps' grid (h = H/4, w = W/4). Offsets are in its pixels. The last channel of each
/// offset map is the weight of the pixel's loss: small for large texts, so that they do not outweigh small ones.
struct SastTarget {
  at::Tensor score;   ///< [N, 1, h, w], 1 on the centre line of text
  at::Tensor border;  ///< [N, 5, h, w], dy, dx to the upper border, dy, dx to the lower border, weight
  at::Tensor tvo;     ///< [N, 9, h, w], x, y from each of the four corners to the pixel, weight
  at::Tensor tco;     ///< [N, 3, h, w], x, y from the centre to the pixel, weight
  at::Tensor mask;    ///< [N, 1, h, w], 0 where text is to be ignored, else 1

  std::vector<at::Tensor*> tensors() { return {&score, &border, &tvo, &tco, &mask}; }  ///< for train::to_device()
};

/// L = L_score + L_border + 1.5 L_tvo + 1.5 L_tco: Wang et al., "SAST", ACM MM 2019, equations 3 to 5.
///
/// Score: 1 - 2 sum(s g) / (sum s + sum g) over the whole batch. Offsets: smooth L1 where the centre line is, mean over its values.
/// Terms `score`, `border`, `tvo`, `tco`, unweighted. Throws Error for maps of other sizes.
class Sast {
 public:
  using Options = SastOptions;
  using Target = SastTarget;

  explicit Sast(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::SastMaps& maps, const Target& target) const {
    require_shape("score", target.score, maps.score.sizes());
    require_shape("mask", target.mask, maps.score.sizes());
    const auto overlap = (maps.score * target.score * target.mask).sum();
    const auto size = (maps.score * target.mask).sum() + (target.score * target.mask).sum();
    const auto score = 1 - 2 * overlap / (size + options_.epsilon);

    const auto line = target.score * target.mask;
    const auto border = offset_loss("border", maps.border, target.border, line);
    const auto tvo = offset_loss("tvo", maps.tvo, target.tvo, line);
    const auto tco = offset_loss("tco", maps.tco, target.tco, line);
    return {options_.score_weight * score + options_.border_weight * border + options_.tvo_weight * tvo + options_.tco_weight * tco,
            {{"score", score}, {"border", border}, {"tvo", tvo}, {"tco", tco}}};
  }

 private:
  at::Tensor offset_loss(const char* name, const at::Tensor& prediction, const at::Tensor& truth, const at::Tensor& line) const {
    auto shape = prediction.sizes().vec();
    const auto channels = shape[1]++;
    require_shape(name, truth, shape);
    const auto each = at::smooth_l1_loss(prediction, truth.narrow(1, 0, channels), at::Reduction::None) * truth.narrow(1, channels, 1);
    return (each * line).sum() / (line.sum() * channels + options_.epsilon);
  }

  Options options_;
};

}  // namespace scriba::loss
