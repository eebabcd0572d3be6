#pragma once
// What every backbone has to hold, whatever it is.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <scriba/concepts.hpp>
#include "support/tensors.hpp"

namespace backbone_check {

inline std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t sum = 0;
  for (const auto& p : module.parameters()) sum += p.numel();
  return sum;
}

/// The levels have the channels and strides that `B::out` announces, at several sizes (rounded up where a size is no multiple).
template <scriba::Backbone B>
void levels(B& backbone, std::vector<std::pair<std::int64_t, std::int64_t>> sizes = {{96, 64}, {160, 224}, {33, 75}}) {
  const torch::NoGradGuard no_gradients;
  backbone.eval();
  for (const auto& [height, width] : sizes) {
    const auto maps = backbone.forward(at::zeros({1, 3, height, width}));
    REQUIRE(maps.size() == B::out.size);
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const auto [channels, stride, rows] = B::out[i];
      INFO("level ", i, " of ", height, " x ", width);
      CHECK(maps[i].sizes() == at::IntArrayRef{1, channels, (height + stride - 1) / stride, (width + stride - 1) / stride});
    }
  }
}

inline double largest_difference(const scriba::Features& a, const scriba::Features& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].isfinite().all().item<bool>());
    largest = std::max(largest, golden::largest_difference(a[i], b[i]) / (1e-30 + b[i].abs().max().item<double>()));
  }
  return largest;
}

/// A copy computes the same and shares nothing; channels_last inputs and weights give the same maps.
template <scriba::Backbone B>
void copies(B& backbone, at::IntArrayRef shape = {2, 3, 64, 96}) {
  const torch::NoGradGuard no_gradients;
  backbone.to(at::kDouble);
  golden::randomize(backbone, 5);
  backbone.eval();
  const auto image = at::randn(shape, at::kDouble);
  const auto expected = backbone.forward(image);
  const auto copy = std::dynamic_pointer_cast<B>(backbone.clone());
  REQUIRE(copy);
  CHECK(largest_difference(copy->forward(image), expected) == 0);
  for (auto& p : copy->parameters()) p.zero_();
  CHECK(largest_difference(backbone.forward(image), expected) == 0);
  CHECK(largest_difference(backbone.forward(image.contiguous(at::MemoryFormat::ChannelsLast)), expected) < 1e-12);
  for (auto& p : backbone.parameters())
    if (p.dim() == 4) p.set_data(p.contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(largest_difference(backbone.forward(image.contiguous(at::MemoryFormat::ChannelsLast)), expected) < 1e-12);
  backbone.to(at::kFloat);
}

/// One training step as initialised: every parameter gets a finite gradient and changes.
template <scriba::Backbone B>
void training_step(B& backbone, at::IntArrayRef shape = {2, 3, 64, 96}) {
  torch::manual_seed(2);
  backbone.to(at::kFloat);
  backbone.train();
  torch::optim::SGD optimizer(backbone.parameters(), 1e-3);
  at::Tensor loss = at::zeros({});
  for (const auto& map : backbone.forward(at::randn(shape)))
    if (map.requires_grad()) loss = loss + (map * at::randn(map.sizes())).mean();
  REQUIRE(std::isfinite(loss.item<float>()));
  loss.backward();
  for (const auto& item : backbone.named_parameters()) {
    REQUIRE_MESSAGE(item.value().grad().defined(), item.key());
    CHECK_MESSAGE(item.value().grad().isfinite().all().template item<bool>(), item.key());
  }
  optimizer.step();
}

/// fold() leaves evaluation as it was and no statistics behind; so does a network made in the deployed form and given these weights.
template <scriba::Backbone B>
void fold(B& backbone, at::IntArrayRef shape = {2, 3, 64, 96}) {
  const torch::NoGradGuard no_gradients;
  backbone.to(at::kDouble);
  golden::randomize(backbone, 3);
  backbone.eval();
  const auto image = at::randn(shape, at::kDouble);
  const auto expected = backbone.forward(image);
  backbone.fold();
  CHECK(largest_difference(backbone.forward(image), expected) < 1e-10);
  CHECK(backbone.buffers().empty());
  const auto copy = std::dynamic_pointer_cast<B>(backbone.clone());
  CHECK(largest_difference(copy->forward(image), expected) < 1e-10);
  const auto made = B::make(backbone.options());
  made->to(at::kDouble);
  scriba::io::load_weights(*made, scriba::io::state_dict(backbone));
  CHECK(largest_difference(made->forward(image), expected) < 1e-10);
  backbone.fold();  // once more changes nothing
  CHECK(largest_difference(backbone.forward(image), expected) < 1e-10);
}

/// A graph traced at one size computes the same as the network at another.
template <scriba::Backbone B>
void traces(B& backbone, at::IntArrayRef shape = {1, 3, 64, 64}, at::IntArrayRef other = {2, 3, 96, 32}) {
  const torch::NoGradGuard no_gradients;
  backbone.to(at::kDouble);
  backbone.eval();
  for (auto& p : backbone.parameters()) p.requires_grad_(false);
  const auto traced = torch::jit::tracer::trace(
      {at::randn(shape, at::kDouble)},
      [&](torch::jit::Stack inputs) {
        const auto maps = backbone.forward(inputs.at(0).toTensor());
        return torch::jit::Stack(maps.begin(), maps.end());
      },
      [](const torch::autograd::Variable&) { return ""; });
  torch::jit::GraphExecutor executor(traced.first->graph, "backbone");
  for (const auto& size : {shape, other}) {
    const auto image = at::randn(size, at::kDouble);
    torch::jit::Stack values{image};
    executor.run(values);
    scriba::Features got;
    for (const auto& value : values) got.push_back(value.toTensor());
    CHECK(largest_difference(got, backbone.forward(image)) < 1e-12);
  }
  for (auto& p : backbone.parameters()) p.requires_grad_(true);
}

/// Names and shapes equal the reference's, those of `model` in state_dict_shapes.txt that start with `backbone.`.
inline void reference_names(const torch::nn::Module& module, const std::string& model) {
  const auto path = golden::shared() / "reference" / "state_dict_shapes.txt";
  if (golden::absent(path)) return;
  std::map<std::string, std::string> expected, got;
  std::ifstream file(path);
  bool inside = false, found = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) found |= (inside = line.starts_with("## " + model + ":"));
    if (const auto tab = line.find('\t'); inside && tab != std::string::npos && line.starts_with("backbone."))
      expected[line.substr(9, tab - 9)] = line.substr(tab + 1);
  }
  REQUIRE_MESSAGE(found, "no model ", model);
  for (const auto& [name, tensor] : scriba::io::state_dict(module)) got[name] = scriba::io::detail::shape_text(tensor.sizes());
  CHECK(got == expected);
}

}  // namespace backbone_check
