#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/where.h>

namespace scriba::loss {

/// Mean absolute difference over the pixels where `mask` is 1; 0 when there is none. Returns a 0-d tensor.
inline at::Tensor masked_l1(const at::Tensor& prediction, const at::Tensor& truth, const at::Tensor& mask) {
  const auto difference = ((prediction - truth).abs() * mask).sum();
  const auto pixels = mask.sum();
  // No synchronisation with the device: an empty mask divides by one instead of being asked for.
  return difference / at::where(pixels > 0, pixels, pixels + 1);
}

}  // namespace scriba::loss
