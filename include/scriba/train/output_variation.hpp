#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <scriba/nn/named_output.hpp>

/// Numbers that tell a network that is alive from one that has collapsed; see CollapseWatch. Terms for a log: no gradient reaches them.
namespace scriba::train {

/// The standard deviation, over all pixels of a batch, of the first channel of a detector's first map: nearly 0 for one that gives the same
/// everywhere. `output`: what the head returned; its first defined field is [N, C, H, W]. 0-d, float32.
template <NamedOutput Output>
at::Tensor map_deviation(const Output& output) {
  for (const auto& field : Output::fields())
    if (const auto& map = output.*field.member; map.defined()) return map.detach().select(1, 0).to(at::kFloat).std();
  return at::zeros({});
}

/// The share of the frames, or positions, of a batch in which a recogniser sees a character: 0 for one that gives nothing but blanks.
/// `scores` [N, T, classes], of any monotonous kind. 0-d, float32.
inline at::Tensor character_share(const at::Tensor& scores, std::int64_t blank) {
  return (scores.detach().argmax(-1) != blank).to(at::kFloat).mean();
}

}  // namespace scriba::train
