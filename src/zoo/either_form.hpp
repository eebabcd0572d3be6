#pragma once
// What detectors and recognisers that are chosen by name have in common.

#include <algorithm>
#include <cstdint>

#include <torch/nn/module.h>

#include <scriba/io/weights.hpp>
#include <scriba/train/reopen.hpp>

namespace scriba::zoo::detail {

inline std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

/// Weights as they were trained, not as they are deployed: only these have batch statistics.
inline bool in_training_form(const io::StateDict& weights) {
  return std::ranges::any_of(weights, [](const auto& entry) { return entry.first.ends_with(".running_mean"); });
}

/// Loads weights as they were trained or as they are deployed. True for the latter, which get their batch norms back.
inline bool load_either_form(torch::nn::Module& module, const io::StateDict& weights, const io::NameMap& names = {}) {
  if (!in_training_form(weights)) {
    train::load_deployed(module, weights);
    return true;
  }
  io::load_weights(module, weights, {.name_map = names});
  return false;
}

}  // namespace scriba::zoo::detail
