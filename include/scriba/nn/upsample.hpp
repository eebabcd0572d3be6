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

/// [N, C, H, W] -> height and width of `like`, nearest neighbour. For sizes that are no multiples of each other; a traced graph takes
/// the size from what `like` is then.
at::Tensor upsample_nearest_like(const at::Tensor& map, const at::Tensor& like);

}  // namespace scriba::nn
