#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/head/pan.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/loss/form.hpp>
#include <scriba/loss/ohem.hpp>
#include <scriba/loss/pixel_aggregation.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct PanOptions {
  double kernel_weight = 0.5;          ///< of the dice loss of the kernels
  double similarity_weight = 0.25;     ///< of aggregation and discrimination
  double aggregation_margin = 0.5;     ///< see PixelAggregationOptions
  double discrimination_margin = 3.0;  ///< see PixelAggregationOptions
  double negative_ratio = 3.0;         ///< background pixels for each text pixel in the loss of whole texts
  double epsilon = 1e-6;
  LossForm form = LossForm::corrected;
};

/// What a PAN detector learns from; all maps [N, H, W].
struct PanTarget {
  at::Tensor text;             ///< float, 1 inside texts
  at::Tensor text_instance;    ///< int64, number of the text from 1, else 0
  at::Tensor kernel;           ///< float, 1 inside shrunk texts
  at::Tensor kernel_instance;  ///< int64, number of the text from 1, else 0
  at::Tensor mask;             ///< float, 0 where text is to be ignored, else 1

  std::vector<at::Tensor*> tensors() { return {&text, &text_instance, &kernel, &kernel_instance, &mask}; }  ///< for train::to_device()
};

/// L = L_text + 0.5 L_kernel + 0.25 (L_aggregation + L_discrimination): Wang et al., "Pixel Aggregation Network", ICCV 2019, equation 3.
///
/// Terms `text`, `kernel`, `aggregation`, `discrimination`, unweighted. Kernels count where text is found. Throws Error for maps of other
/// sizes.
///
/// `LossForm::reference` leaves out the pixels that are not predicted as text (as kernel) from aggregation and discrimination: what is
/// missed is not learnt from. See also pixel_aggregation() and ohem_mask().
class Pan {
 public:
  using Options = PanOptions;
  using Target = PanTarget;

  explicit Pan(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::PanMaps& maps, const Target& target) const {
    const auto text = maps.logits.select(1, 0).sigmoid(), kernel = maps.logits.select(1, 1).sigmoid();
    const auto similarity = maps.logits.narrow(1, 2, maps.logits.size(1) - 2);
    require_shape("text", target.text, text.sizes());
    require_shape("kernel", target.kernel, text.sizes());
    require_shape("mask", target.mask, text.sizes());

    const auto hard = ohem_mask(text, target.text, target.mask, options_.negative_ratio, options_.form);
    const auto text_loss = dice(text, target.text, hard, options_.epsilon);
    const auto found = ((text > 0.5) & (target.mask > 0.5)).to(text.scalar_type());
    const auto kernel_loss = dice(kernel, target.kernel, found, options_.epsilon);

    auto text_instance = target.text_instance, kernel_instance = target.kernel_instance;
    if (options_.form == LossForm::reference) {
      text_instance = text_instance * (text > 0.5);
      kernel_instance = kernel_instance * (kernel > 0.5);
    }
    const auto [aggregation, discrimination] = pixel_aggregation(similarity, text_instance, kernel_instance, target.mask,
                                                                 {.aggregation_margin = options_.aggregation_margin,
                                                                  .discrimination_margin = options_.discrimination_margin,
                                                                  .form = options_.form});
    return {text_loss + options_.kernel_weight * kernel_loss + options_.similarity_weight * (aggregation + discrimination),
            {{"text", text_loss}, {"kernel", kernel_loss}, {"aggregation", aggregation}, {"discrimination", discrimination}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
