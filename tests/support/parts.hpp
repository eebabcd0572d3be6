#pragma once
// What every neck and head has to hold, whatever it is.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>
#include "support/tensors.hpp"

namespace part_check {

using Maps = std::vector<at::Tensor>;

inline Maps maps(scriba::Features features) { return features; }
template <scriba::NamedOutput O>
Maps maps(const O& output) {
  Maps out;
  for (const auto& named : scriba::named_tensors(output)) out.push_back(named.value);
  return out;
}

/// Random levels of an image of this size. Its sides are multiples of the coarsest stride.
inline scriba::Features levels(const scriba::FeatureSpec& spec, std::int64_t height, std::int64_t width, std::int64_t samples = 2) {
  torch::manual_seed(4);
  scriba::Features out;
  for (std::size_t i = 0; i < spec.size; ++i)
    out.push_back(at::randn({samples, spec[i].channels, height / spec[i].stride, width / spec[i].stride}, at::kDouble));
  return out;
}

inline double largest_difference(const Maps& a, const Maps& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].isfinite().all().item<bool>());
    largest = std::max(largest, golden::largest_difference(a[i], b[i]) / b[i].abs().max().item<double>());
  }
  return largest;
}

/// A copy computes the same and shares nothing; the memory format of the input makes no difference.
template <class P>
void copies(P& part, const scriba::Features& in) {
  const torch::NoGradGuard no_gradients;
  part.to(at::kDouble);
  golden::randomize(part, 5);
  part.eval();
  const auto expected = maps(part.forward(in));
  const auto copy = std::dynamic_pointer_cast<P>(part.clone());
  REQUIRE(copy);
  CHECK(largest_difference(maps(copy->forward(in)), expected) == 0);
  for (auto& p : copy->parameters()) p.zero_();
  CHECK(largest_difference(maps(part.forward(in)), expected) == 0);
  scriba::Features channels_last;
  for (const auto& level : in) channels_last.push_back(level.contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(largest_difference(maps(part.forward(channels_last)), expected) < 1e-12);
}

/// fold() leaves evaluation as it was and no statistics behind; so does a part made in the deployed form and given these weights.
template <class P>
void folds(P& part, const scriba::FeatureSpec& spec, const scriba::Features& in) {
  const torch::NoGradGuard no_gradients;
  part.to(at::kDouble);
  golden::randomize(part, 3);
  part.eval();
  const auto expected = maps(part.forward(in));
  const auto before = std::dynamic_pointer_cast<P>(part.clone());
  part.fold();
  CHECK(largest_difference(maps(part.forward(in)), expected) < 1e-10);
  CHECK(part.buffers().empty());
  const auto copy = std::dynamic_pointer_cast<P>(part.clone());
  CHECK(largest_difference(maps(copy->forward(in)), expected) < 1e-10);
  const auto made = P::make(spec, part.options());
  made->to(at::kDouble);
  made->eval();
  scriba::io::load_weights(*made, scriba::io::state_dict(part));
  CHECK(largest_difference(maps(made->forward(in)), expected) < 1e-10);
  part.fold();  // once more changes nothing
  CHECK(largest_difference(maps(part.forward(in)), expected) < 1e-10);
  CHECK(largest_difference(maps(before->forward(in)), expected) == 0);
}

/// One backward pass as initialised: every parameter gets a finite gradient.
template <class P>
void learns(P& part, const scriba::Features& in) {
  part.to(at::kDouble);
  part.train();
  at::Tensor loss = at::zeros({}, at::kDouble);
  for (const auto& map : maps(part.forward(in))) loss = loss + (map * at::randn_like(map)).sum();
  loss.backward();
  for (const auto& item : part.named_parameters()) {
    REQUIRE_MESSAGE(item.value().grad().defined(), item.key());
    CHECK_MESSAGE(item.value().grad().isfinite().all().template item<bool>(), item.key());
  }
}

/// A graph traced at one size computes the same as `run` at another; `run` uses the module's weights.
inline void traces(torch::nn::Module& module, const std::function<Maps(const scriba::Features&)>& run, const scriba::Features& in,
                   const scriba::Features& other) {
  const torch::NoGradGuard no_gradients;
  module.to(at::kDouble);
  module.eval();
  for (auto& p : module.parameters()) p.requires_grad_(false);
  const auto stack = [](const Maps& tensors) { return torch::jit::Stack(tensors.begin(), tensors.end()); };
  const auto traced = torch::jit::tracer::trace(
      stack(in),
      [&](torch::jit::Stack inputs) {
        scriba::Features features;
        for (const auto& value : inputs) features.push_back(value.toTensor());
        return stack(run(features));
      },
      [](const torch::autograd::Variable&) { return ""; });
  torch::jit::GraphExecutor executor(traced.first->graph, "part");
  auto values = stack(other);
  executor.run(values);
  Maps got;
  for (const auto& value : values) got.push_back(value.toTensor());
  CHECK(largest_difference(got, run(other)) < 1e-12);
}

template <class P>
void traces(P& part, const scriba::Features& in, const scriba::Features& other) {
  traces(
      part, [&](const scriba::Features& features) { return maps(part.forward(features)); }, in, other);
}

inline std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t sum = 0;
  for (const auto& p : module.parameters()) sum += p.numel();
  return sum;
}

}  // namespace part_check
