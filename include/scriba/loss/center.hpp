#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <torch/nn/cloneable.h>

#include <scriba/core/error.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

/// The centre of every class among the features: what Center learns besides the network. Name `centers`, [classes, features].
///
/// Not part of the recogniser: its parameter goes to an optimiser of its own, with a rate of its own (the reference: Adam, 0.5).
class ClassCenters final : public torch::nn::Cloneable<ClassCenters> {
 public:
  ClassCenters(std::int64_t classes, std::int64_t features) : classes_(classes), features_(features) { reset(); }

  void reset() override { centers = register_parameter("centers", at::randn({classes_, features_})); }

  at::Tensor centers;

 private:
  std::int64_t classes_, features_;
};

struct CenterOptions {
  std::shared_ptr<ClassCenters> centers = {};  ///< of the head's classes, with as many features as classes; copies of the options share it
};

/// Mean over the features of the squared distance to the centre of their class, clamped to 1e-12 .. 1e12; 0 for no features.
/// `features` [M, D], `labels` [M] int64, `centers` [classes, D]. Throws Error when they do not fit.
inline at::Tensor center_distance(const at::Tensor& features, const at::Tensor& labels, const at::Tensor& centers) {
  const auto bad = [](std::string expected, std::string got) {
    return Error(
        {.what = "the center loss cannot compare these", .where = "centers", .expected = std::move(expected), .got = std::move(got)});
  };
  if (features.size(1) != centers.size(1))
    throw bad(std::to_string(features.size(1)) + " features a class", std::to_string(centers.size(1)));
  if (labels.numel() == 0) return features.sum() * 0;
  if (const auto last = labels.max().item<std::int64_t>(); last >= centers.size(0) || labels.min().item<std::int64_t>() < 0)
    throw bad("a centre for every class, 0 .. " + std::to_string(last), std::to_string(centers.size(0)));
  return (features - centers.index_select(0, labels)).square().sum(1).clamp(1e-12, 1e12).mean();
}

/// Draws what the network says of a character together: Wen et al., "A Discriminative Feature Learning Approach for Deep Face Recognition",
/// ECCV 2016, equation 2 (without its factor 1/2). For fine-tuning beside CTC, with a small weight: see Sum.
///
/// Features are the logits of the recogniser that is being trained, so the gradient reaches it, as well as the centres. The target tells
/// what each frame shows; train::frame_labels() makes it from a frozen model. Terms: `center`, and `frames`, how many have a label.
/// Throws Error without logits or centres, and for a target of another shape.
class Center {
 public:
  using Options = CenterOptions;
  using Target = at::Tensor;  ///< [N, T], int64; below 0 where nothing is known

  explicit Center(Options options = {}) : options_(std::move(options)) {}

  LossTerms operator()(const head::CtcSequence& sequence, const Target& frame_labels) const {
    const auto& logits = detail::require_logits(sequence);
    if (!options_.centers)
      throw Error({.what = "the center loss has no centers", .where = "CenterOptions::centers", .expected = "ClassCenters"});
    if (!frame_labels.defined() || frame_labels.sizes() != logits.sizes().slice(0, 2))
      throw Error({.what = "the center loss cannot compare these",
                   .where = "frame labels",
                   .expected = "shape [" + std::to_string(logits.size(0)) + ", " + std::to_string(logits.size(1)) + "]",
                   .got = frame_labels.defined() ? std::to_string(frame_labels.numel()) + " labels" : "no tensor"});
    const auto labels = frame_labels.to(logits.device(), at::kLong).flatten();
    const auto known = (labels >= 0).nonzero().squeeze(1);
    const auto center =
        center_distance(logits.flatten(0, 1).index_select(0, known), labels.index_select(0, known), options_.centers->centers);
    return {center, {{"center", center}, {"frames", at::scalar_tensor(known.numel(), center.options())}}};
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
