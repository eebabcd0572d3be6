#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace scriba::nn {

/// [N, C, H, W] -> [N, C, factor H, factor W], nearest neighbour; a factor below 1 shrinks.
/// By a factor, not to a size: a traced network then keeps working at other image sizes.
inline at::Tensor upsample_nearest(const at::Tensor& map, double factor) {
  return at::upsample_nearest2d(map, at::OptionalIntArrayRef{}, std::vector<double>{factor, factor});
}

}  // namespace scriba::nn
