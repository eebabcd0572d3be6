#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>

namespace scriba::nn {

enum class Activation {
  none,
  relu,
  gelu,        ///< x (1 + erf(x / sqrt 2)) / 2
  hard_swish,  ///< x clamp(x + 3, 0, 6) / 6
  swish        ///< x sigmoid(x)
};

inline at::Tensor activate(const at::Tensor& x, Activation kind) {
  switch (kind) {
    case Activation::relu:
      return at::relu(x);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::hard_swish:
      return at::hardswish(x);
    case Activation::swish:
      return at::silu(x);
    case Activation::none:
      break;
  }
  return x;
}

/// clamp(slope x + 0.5, 0, 1). Paddle's networks use two slopes, 1/6 (torch's own) and 0.2.
inline at::Tensor hard_sigmoid(const at::Tensor& x, double slope) { return at::clamp(x * slope + 0.5, 0, 1); }

}  // namespace scriba::nn
