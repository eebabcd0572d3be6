#pragma once
// Tensors for tests: from reference files, and a module's state under a fixed formula.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

#include <scriba/io/torch_file.hpp>
#include <scriba/io/weights.hpp>
#include "support/golden.hpp"

namespace golden {

inline std::map<std::string, at::Tensor> tensors(const fs::path& path) {
  std::map<std::string, at::Tensor> out;
  const auto file = scriba::io::read_torch_file(path);
  const auto* dict = file.get<scriba::io::Dict>();
  REQUIRE(dict != nullptr);
  for (const auto& [name, value] : dict->entries)
    if (const auto* tensor = value.get<at::Tensor>()) out[*name.get<std::string>()] = *tensor;
  return out;
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Random weights and batch-norm statistics that keep activations in range, the same in every run.
inline void randomize(torch::nn::Module& module, std::uint64_t seed) {
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(seed);
  for (auto& item : module.named_parameters()) {
    auto& p = item.value();
    if (p.dim() >= 2)
      p.normal_(0, std::sqrt(1.5 / static_cast<double>(p.numel() / p.size(0))));
    else
      p.uniform_(0.3, 1.2);
  }
  for (auto& item : module.named_buffers()) {
    if (item.key().ends_with("running_mean")) item.value().uniform_(-0.3, 0.3);
    if (item.key().ends_with("running_var")) item.value().uniform_(0.5, 1.5);
  }
}

}  // namespace golden
