#pragma once

#include <string_view>

namespace scriba::train {

enum class OptimizerKind {
  sgd,       ///< with momentum
  adam,      ///< Kingma and Ba, ICLR 2015; weight decay as L2 in the gradients
  adam_w,    ///< weight decay apart from the gradients (Loshchilov and Hutter, ICLR 2019)
  rms_prop,  ///< Tieleman and Hinton, 2012
};

/// As checkpoints and command lines call it: "sgd", "adam", "adamw", "rmsprop".
constexpr std::string_view optimizer_name(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return "sgd";
    case OptimizerKind::adam:
      return "adam";
    case OptimizerKind::adam_w:
      return "adamw";
    case OptimizerKind::rms_prop:
      break;
  }
  return "rmsprop";
}

/// What an optimiser is made of, as PyTorch defines it. The learning rate comes from a RateSchedule.
struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::adam;
  double momentum = 0.9;                ///< sgd, rms_prop; 0..1, 1 excluded
  double beta1 = 0.9, beta2 = 0.999;    ///< adam: how much of the mean and of the mean square of the gradients is kept at each step
  double smoothing = 0.95;              ///< rms_prop: how much of the mean square of the gradients is kept at each step
  double epsilon = 1e-8;                ///< added to the root of the mean square
  double weight_decay = 0;              ///< L2
  bool decay_norms_and_biases = false;  ///< false: only tensors of two dimensions or more decay (He et al., "Bag of Tricks", CVPR 2019)

  bool operator==(const OptimizerSettings&) const = default;
};

}  // namespace scriba::train
