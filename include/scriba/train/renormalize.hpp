#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/empty.h>

#include <scriba/core/error.hpp>
#include <scriba/image/normalize.hpp>

namespace scriba::train {

/// A batch [N, 3, H, W] that was normalised in one way, as a network of other habits wants it: a teacher, beside its student.
/// Throws Error for grey images.
inline at::Tensor renormalized(const at::Tensor& images, const Normalization& from, const Normalization& to) {
  if (from.mean == to.mean && from.std == to.std && from.order == to.order) return images;
  if (from.order == ChannelOrder::grey || to.order == ChannelOrder::grey)
    throw Error({.what = "grey images cannot be normalised anew", .expected = "three planes"});
  auto factor = at::empty({1, 3, 1, 1}, at::kFloat), offset = at::empty({1, 3, 1, 1}, at::kFloat);
  const bool turned = from.order != to.order;
  for (std::int64_t c = 0; c < 3; ++c) {
    const auto source = static_cast<std::size_t>(turned ? 2 - c : c), plane = static_cast<std::size_t>(c);
    factor.data_ptr<float>()[c] = static_cast<float>(from.std[source] / to.std[plane]);
    offset.data_ptr<float>()[c] = static_cast<float>((from.mean[source] - to.mean[plane]) / to.std[plane]);
  }
  return at::addcmul(offset.to(images.options()), turned ? images.flip(1) : images, factor.to(images.options()));
}

}  // namespace scriba::train
