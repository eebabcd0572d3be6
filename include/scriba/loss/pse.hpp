#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/head/pse.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/loss/form.hpp>
#include <scriba/loss/ohem.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct PseOptions {
  double text_weight = 0.7;     ///< of the dice loss of whole texts; the kernels get the rest
  double negative_ratio = 3.0;  ///< background pixels for each text pixel in the loss of whole texts
  double epsilon = 1e-6;
  LossForm form = LossForm::corrected;  ///< see ohem_mask()
};

/// What a PSENet detector learns from; float, 0 or 1.
struct PseTarget {
  at::Tensor text;     ///< [N, H, W], whole texts
  at::Tensor kernels;  ///< [N, K, H, W], shrunk texts from the largest to the smallest; K is one less than the head's kernels
  at::Tensor mask;     ///< [N, H, W], 0 where text is to be ignored

  std::vector<at::Tensor*> tensors() { return {&text, &kernels, &mask}; }  ///< for train::to_device()
};

/// L = w L_text + (1 - w) L_kernels, dice losses: Wang et al., "PSENet", CVPR 2019, equations 4 to 7. Kernels count where text is found.
///
/// Terms `text`, `kernel`, unweighted. Throws Error for maps of other sizes.
class Pse {
 public:
  using Options = PseOptions;
  using Target = PseTarget;

  explicit Pse(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::PseMaps& maps, const Target& target) const {
    const auto text = maps.logits.select(1, 0).sigmoid();
    const auto kernels = maps.logits.narrow(1, 1, maps.logits.size(1) - 1).sigmoid();
    require_shape("text", target.text, text.sizes());
    require_shape("kernels", target.kernels, kernels.sizes());
    require_shape("mask", target.mask, text.sizes());

    const auto hard = ohem_mask(text, target.text, target.mask, options_.negative_ratio, options_.form);
    const auto text_loss = dice(text, target.text, hard, options_.epsilon);
    const auto found = ((text > 0.5) & (target.mask > 0.5)).to(text.scalar_type()).unsqueeze(1).expand_as(kernels);
    const auto kernel_loss = dice(kernels.flatten(0, 1), target.kernels.flatten(0, 1), found.flatten(0, 1), options_.epsilon);
    return {options_.text_weight * text_loss + (1 - options_.text_weight) * kernel_loss, {{"text", text_loss}, {"kernel", kernel_loss}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
